import Drawing
import PoseTypes
import Testing

@testable import Drawing

@Suite struct TrailsTests {
    /// A hand that goes 100 pixels a second to the right.
    static let hand = Skeleton(name: "hand", joints: ["left_wrist"], bones: [], mirror: [0], sigmas: [])

    static func frame(_ time: Double, id: Int? = 1, score: Float = 1, x: Float? = nil) -> PoseFrame {
        let point = Keypoint(x: x ?? Float(100 + 100 * time), y: 50, score: score)
        var person = Person(
            box: BoundingBox(x: 300, y: 200, width: 20, height: 20), score: 1, pose: Pose(keypoints: [point]))
        person.track = id.map { Track(id: TrackID($0), firstSeen: .zero) }
        return PoseFrame(index: 0, time: Timestamp(seconds: time), people: [person])
    }

    /// How far the row of the hand is coloured to the left of it, after frames at these times.
    func reach(_ painter: inout OverlayPainter, _ frames: [PoseFrame]) -> Int {
        var image = Image(width: 640, height: 300, grey: 90)
        for frame in frames {
            image = Image(width: 640, height: 300, grey: 90)
            painter.paint(frame, into: &image)
        }
        let row = (0..<640).filter { image.pixels[(50 * 640 + $0) * 3] != 90 }
        guard let first = row.first, let last = row.last else { return 0 }
        return last - first
    }

    @Test(arguments: [10, 30, 60, 240]) func aTrailIsAsLongAsTheSecondsSay(rate: Int) {
        var painter = OverlayPainter(skeleton: Self.hand, trail: 0.5)
        let reach = reach(&painter, (0...rate).map { Self.frame(Double($0) / Double(rate)) })
        // The last tenth is too faint to see; a joint is about 5 wide.
        #expect(40...60 ~= reach)
    }

    @Test func withoutAskingThereIsNone() {
        var painter = OverlayPainter(skeleton: Self.hand)
        #expect(reach(&painter, (0...30).map { Self.frame(Double($0) / 30) }) < 12)
        painter = OverlayPainter(skeleton: Self.hand, trail: 0.5)
        #expect(reach(&painter, (0...30).map { Self.frame(Double($0) / 30, id: nil) }) < 12)
    }

    @Test func shortPausesAreBridgedAndLongOnesAreNot() {
        var trails = Trails(of: Self.hand, seconds: 1)
        for index in 0...30 where !(10..<20).contains(index) { add(Self.frame(Double(index) / 30), to: &trails) }
        #expect(trails.lines(at: Timestamp(seconds: 1)).count == 2)
        trails = Trails(of: Self.hand, seconds: 1)
        for index in 0...30 where !(10..<15).contains(index) { add(Self.frame(Double(index) / 30), to: &trails) }
        #expect(trails.lines(at: Timestamp(seconds: 1)).count == 1)
    }

    @Test func aTrailFadesAfterItsPersonHasGone() {
        var trails = Trails(of: Self.hand, seconds: 0.5)
        for index in 0...30 { add(Self.frame(Double(index) / 30), to: &trails) }
        let empty = PoseFrame(index: 31, time: Timestamp(seconds: 1.2), people: [])
        add(empty, to: &trails)
        #expect(trails.lines(at: empty.time).count == 1)
        add(PoseFrame(index: 32, time: Timestamp(seconds: 1.5), people: []), to: &trails)
        #expect(trails.sampleCount == 0)
    }

    @Test func memoryIsBounded() {
        var trails = Trails(of: Self.hand, seconds: 2)
        var most = 0
        for index in 0..<6000 {
            // 1,000 frames a second, and somebody new every second.
            add(Self.frame(Double(index) / 1000, id: index / 1000, x: Float(index % 600)), to: &trails)
            most = max(most, trails.sampleCount)
        }
        #expect(most <= 2 * 33)
    }

    @Test func timeThatRunsBackwardBeginsAnew() {
        var trails = Trails(of: Self.hand, seconds: 2)
        for index in 0...30 { add(Self.frame(5 + Double(index) / 30), to: &trails) }
        add(Self.frame(0), to: &trails)
        #expect(trails.sampleCount == 1)
    }

    func add(_ frame: PoseFrame, to trails: inout Trails) {
        let bodies = frame.people.map { person in
            let point = person.pose.keypoints[0]
            return Body(joints: [Body.SmoothedKeypoint(place: Point(x: point.x, y: point.y), strength: 1)], limb: 2)
        }
        trails.add(zip(frame.people, bodies), at: frame.time)
    }
}
