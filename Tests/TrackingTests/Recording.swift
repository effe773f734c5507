import Foundation
import PoseTypes

@testable import Tracking

/// One person under a pose network: what it would see, and what is true.
struct Recording {
    var frames: [PoseFrame]
    var truth: [Pose]
    /// The person's size in pixels.
    let size: Double

    /// `tremble` in multiples of what a network adds at that score.
    init(_ actor: Actor, at times: [Double], score: Float = 0.5, tremble: Double = 1, seed: UInt64 = 1) {
        var random = Random(seed)
        size = Double(actor.box(at: 0).size)
        truth = times.map { actor.pose(at: $0, score: score) }
        frames = []
        for (index, seconds) in times.enumerated() where actor.isVisible(at: seconds) {
            var pose = truth[index]
            for joint in pose.keypoints.indices {
                pose.keypoints[joint].x += Float(tremble * size * random.tremble(score: Double(score)))
                pose.keypoints[joint].y += Float(tremble * size * random.tremble(score: Double(score)))
            }
            let track = Track(id: TrackID(1), firstSeen: .zero)
            let person = Person(box: actor.box(at: seconds), score: 0.9, pose: pose, track: track)
            frames.append(PoseFrame(index: index, time: Timestamp(seconds: seconds), people: [person]))
        }
    }

    /// Changes what the network says of a joint in some frames.
    mutating func change(_ joint: Int, during span: ClosedRange<Double>, _ change: (inout Keypoint) -> Void) {
        for index in frames.indices where span.contains(frames[index].time.seconds) {
            change(&frames[index].people[0].pose.keypoints[joint])
        }
    }

    func smoothed(_ settings: PoseSmoother.Settings = PoseSmoother.Settings()) -> (
        frames: [PoseFrame], counts: PoseSmoother.Counts
    ) {
        var smoother = PoseSmoother(skeleton: .coco17, settings: settings)
        let frames = frames.flatMap { smoother.smooth($0) }
        return (frames + smoother.finish(), smoother.counts)
    }

    /// What the network said, as if it were smooth.
    var unsmoothed: [PoseFrame] {
        frames.map { frame in
            var frame = frame
            let keypoints = frame.people[0].pose.keypoints
            frame.people[0].track?.joints = keypoints.map { .observed(SmoothedKeypoint.Place(x: $0.x, y: $0.y, sigma: 0)) }
            return frame
        }
    }

    func refined(_ settings: Refiner.Settings = Refiner.Settings()) -> [PoseFrame] {
        var refiner = Refiner(skeleton: .coco17, settings: settings)
        let frames = frames.flatMap { refiner.refine($0) }
        return frames + refiner.finish()
    }

    /// The root mean square distance of all joints from the truth, in sizes.
    func error(of frames: [PoseFrame], joints: [Int] = Array(0..<17)) -> Double {
        let squares = frames.flatMap { frame in
            joints.compactMap { joint -> Double? in
                guard let place = frame.people[0].joint(joint).place else { return nil }
                let true_ = truth[frame.index].keypoints[joint]
                return pow(Double(place.x - true_.x), 2) + pow(Double(place.y - true_.y), 2)
            }
        }
        return (squares.reduce(0, +) / Double(squares.count)).squareRoot() / size
    }
}

extension Person {
    func joint(_ index: Int) -> SmoothedKeypoint { track?.joints[index] ?? .missing }
}

/// A joint's path: nil where it is missing.
func path(of joint: Int, in frames: [PoseFrame]) -> [SmoothedKeypoint.Place?] { frames.map { $0.people[0].joint(joint).place } }

/// The root mean square of the motion from frame to frame, in pixels.
func jitter(_ path: [SmoothedKeypoint.Place?]) -> Double {
    let places = path.compactMap(\.self)
    let squares = zip(places.dropFirst(), places).map { Double(($0.x - $1.x) * ($0.x - $1.x) + ($0.y - $1.y) * ($0.y - $1.y)) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
}

extension Recording {
    /// How much of a joint's oscillation of `hertz` across the picture is left, and how many seconds late it is. The frames cover
    /// whole periods.
    func oscillation(of joint: Int, in frames: [PoseFrame], hertz: Double) -> (amplitude: Double, delay: Double) {
        let times = frames.map(\.time.seconds)
        let seen = fit(path(of: joint, in: frames).map { Double($0?.x ?? .nan) }, at: times, hertz: hertz)
        let true_ = fit(frames.map { Double(truth[$0.index].keypoints[joint].x) }, at: times, hertz: hertz)
        return (seen.amplitude / true_.amplitude, seen.delay - true_.delay)
    }
}

/// The amplitude and the delay in seconds of a sine: least squares over whole periods.
private func fit(_ values: [Double], at times: [Double], hertz: Double) -> (amplitude: Double, delay: Double) {
    let turns = times.map { 2 * .pi * hertz * $0 }
    let mean = values.reduce(0, +) / Double(values.count)
    let sine = zip(values, turns).reduce(0) { $0 + ($1.0 - mean) * sin($1.1) } * 2 / Double(values.count)
    let cosine = zip(values, turns).reduce(0) { $0 + ($1.0 - mean) * cos($1.1) } * 2 / Double(values.count)
    return ((sine * sine + cosine * cosine).squareRoot(), atan2(-cosine, sine) / (2 * .pi * hertz))
}
