import Foundation
import PoseTypes
import Testing

@testable import Tracking

struct CameraTests {
    /// A background of soft spots that all levels of detail show, seen by a camera that moved; a person-sized block moves by itself.
    private func picture(
        _ camera: CameraMotion = .none, width: Int = 640, height: Int = 360, light: Double = 0, noise: Double = 0,
        block: BoundingBox? = nil, seed: UInt64 = 1
    ) -> Image {
        var random = Random(seed)
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        // Where a pixel's background lies in the first picture: the motion turned back.
        let square = camera.a * camera.a + camera.b * camera.b
        for row in 0..<height {
            for column in 0..<width {
                let (x, y) = (Double(column) - camera.dx, Double(row) - camera.dy)
                let (u, v) = ((camera.a * x + camera.b * y) / square, (camera.a * y - camera.b * x) / square)
                var value = 60 + light
                for period in [24.0, 60, 150] { value += 40 * spots(u / period, v / period) }
                if let block, block.x <= Float(column), Float(column) < block.maxX, block.y <= Float(row), Float(row) < block.maxY
                {
                    value = (Int(Float(column) - block.x) / 12 + Int(Float(row) - block.y) / 12) % 2 == 0 ? 30 : 220
                }
                value += noise == 0 ? 0 : noise * random.normal()
                for channel in 0..<3 { pixels[3 * (row * width + column) + channel] = UInt8(clamping: Int(value.rounded())) }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    /// Random numbers from 0 to 1 on a lattice, and between them what bilinear interpolation makes of them.
    private func spots(_ x: Double, _ y: Double) -> Double {
        func number(_ column: Double, _ row: Double) -> Double {
            var random = Random(UInt64(bitPattern: Int64(column) &* 7919 &+ Int64(row) &* 104_729))
            return Double(random.next() >> 40) / Double(1 << 24)
        }
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (across, down) = (x - left, y - top)
        let upper = number(left, top) + across * (number(left + 1, top) - number(left, top))
        let lower = number(left, top + 1) + across * (number(left + 1, top + 1) - number(left, top + 1))
        return upper + down * (lower - upper)
    }

    /// The largest distance between where two motions put the picture's corners.
    private func distance(_ a: CameraMotion, _ b: CameraMotion, width: Double = 640, height: Double = 360) -> Double {
        [(0, 0), (width, 0), (0, height), (width, height)].reduce(0.0) { farthest, corner in
            let (p, q) = (a(x: corner.0, y: corner.1), b(x: corner.0, y: corner.1))
            return max(farthest, ((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y)).squareRoot())
        }
    }

    private func found(_ camera: CameraMotion, light: Double = 0, noise: Double = 2) -> CameraMotion {
        var estimator = CameraMotionEstimator()
        #expect(
            estimator.motion(to: picture(noise: noise), ignoring: []) == .none, "there is nothing to compare the first one with")
        return estimator.motion(to: picture(camera, light: light, noise: noise, seed: 2), ignoring: [])
    }

    @Test(arguments: [
        CameraMotion(a: 1, b: 0, dx: 3, dy: -2), CameraMotion(a: 1, b: 0, dx: -40, dy: 12),
        CameraMotion(a: 1.02, b: 0, dx: -6, dy: -4), CameraMotion(a: 0.9998, b: 0.0175, dx: 4, dy: -3),
        CameraMotion(a: 0.97, b: -0.01, dx: 15, dy: 9),
    ]) func pansZoomsAndRollsAreFound(camera: CameraMotion) {
        #expect(distance(found(camera), camera) < 0.75, "\(found(camera))")
        #expect(distance(found(camera, light: 15), camera) < 0.75, "the light changed, too")
    }

    @Test func aCameraThatStandsDoesNotMove() {
        #expect(found(.none) == .none)
        #expect(found(.none, light: 20) == .none)
        #expect(found(CameraMotion(a: 1, b: 0, dx: 0.1, dy: 0.1)) == .none, "a tenth of a pixel is noise")
    }

    @Test func whoMovesIsNotTheCamera() {
        var estimator = CameraMotionEstimator()
        let (before, after) = (
            BoundingBox(x: 200, y: 60, width: 150, height: 280), BoundingBox(x: 230, y: 60, width: 150, height: 280)
        )
        let pan = CameraMotion(a: 1, b: 0, dx: -8, dy: 0)
        for ignored in [[before], []] {
            _ = estimator.motion(to: picture(block: before), ignoring: [])
            #expect(estimator.motion(to: picture(block: after), ignoring: ignored) == .none)
            _ = estimator.motion(to: picture(block: before), ignoring: [])
            let found = estimator.motion(to: picture(pan, block: after), ignoring: ignored)
            #expect(distance(found, pan) < 0.75, "\(ignored): \(found)")
        }
    }

    @Test func whatCannotBeToldIsNoMotion() {
        var estimator = CameraMotionEstimator()
        let other = picture(CameraMotion(a: 0.2, b: 0.9, dx: 900, dy: -300))
        let pictures = [
            picture(), other, Image(width: 640, height: 360, grey: 90), Image(width: 640, height: 360, grey: 200),
            picture(width: 320, height: 180), Image(width: 1, height: 1), Image(width: 1, height: 1, grey: 9),
            Image(width: 3, height: 4000), Image(width: 3, height: 4000, grey: 7),
        ]
        for picture in pictures { #expect(estimator.motion(to: picture, ignoring: []) == .none, "\(picture.width)") }
        _ = estimator.motion(to: picture(), ignoring: [])
        let everywhere = BoundingBox(x: -1e9, y: -1e9, width: 2e9, height: .infinity)
        #expect(estimator.motion(to: picture(CameraMotion(a: 1, b: 0, dx: 9, dy: 0)), ignoring: [everywhere]) == .none)
    }

    /// A camera pans to and fro over people who stand, so fast that their boxes of two frames do not overlap.
    @Test(arguments: [5.0, 30]) func whoStandsIsTheSameWhileTheCameraPans(rate: Double) {
        var tracker = Tracker(skeleton: .coco17)
        var smoother = PoseSmoother(skeleton: .coco17)
        var (ids, offset): (Set<TrackID>, Double) = ([], 0)
        for (frame, seconds) in steady(rate, to: 6).enumerated() {
            let next = 500 * sin(2 * seconds)
            let camera = CameraMotion(a: 1, b: 0, dx: frame == 0 ? 0 : next - offset, dy: 0)
            offset = next
            let actors = [-200, 100, 400].map { place in Actor(path: { [offset] _ in (640 + Double(place) + offset, 360) }) }
            let time = Timestamp(seconds: seconds)
            _ = tracker.predict(at: time, width: 1280, height: 720, camera: camera)
            let people = actors.map { Person(box: $0.box(at: 0), score: 0.9, pose: $0.pose(at: 0)) }
            let update = tracker.update(with: people, at: time)
            ids.formUnion(update.people.compactMap(\.track?.id))
            let smoothed = smoother.smooth(PoseFrame(index: frame, time: time, people: update.people, camera: camera))
            for person in smoothed[0].people where seconds > 1 {
                for (joint, keypoint) in zip(person.track?.joints ?? [], person.pose.keypoints) {
                    #expect(joint.place.map { abs($0.x - keypoint.x) < 0.5 } == true, "no joint lags behind the picture")
                }
            }
        }
        #expect(ids.count == 3)
    }
}
