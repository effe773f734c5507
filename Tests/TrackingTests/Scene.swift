import Foundation
import PoseTypes

@testable import Tracking

/// SplitMix64.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }

    /// What a pose network adds to a coordinate, in sizes: 0.0038 / score, and eight times that in every twelfth frame (measured; see
    /// docs on smoothing).
    mutating func tremble(score: Double) -> Double {
        normal() * 0.0038 / score * (Double.random(in: 0..<1, using: &self) < 0.08 ? 8 : 1)
    }
}

/// Somebody on a known path.
struct Actor: Sendable {
    var height = 200.0
    /// When the actor is in the scene, in seconds.
    var present = 0.0...Double.infinity
    /// When nothing can be seen of the actor.
    var hidden: [ClosedRange<Double>] = []
    /// The centre of the body, in pixels.
    var path: @Sendable (Double) -> (x: Double, y: Double)
    /// Moves joints about, in heights: from a time and a joint.
    var gesture: @Sendable (Double, Int) -> (x: Double, y: Double) = { _, _ in (0, 0) }

    func isVisible(at time: Double) -> Bool { present.contains(time) && !hidden.contains { $0.contains(time) } }

    /// A standing body in heights around its centre, in COCO's order.
    static let body: [(x: Double, y: Double)] = [
        (0, -0.43), (0.015, -0.445), (-0.015, -0.445), (0.04, -0.44), (-0.04, -0.44), (0.1, -0.31), (-0.1, -0.31), (0.13, -0.13),
        (-0.13, -0.13), (0.14, 0.03), (-0.14, 0.03), (0.07, 0.02), (-0.07, 0.02), (0.07, 0.25), (-0.07, 0.25), (0.07, 0.46),
        (-0.07, 0.46),
    ]

    func pose(at time: Double, score: Float = 0.9) -> Pose {
        let (x, y) = path(time)
        return Pose(
            keypoints: Self.body.enumerated().map { joint, place in
                let moved = gesture(time, joint)
                return Keypoint(
                    x: Float(x + height * (place.x + moved.x)), y: Float(y + height * (place.y + moved.y)), score: score)
            })
    }

    func box(at time: Double) -> BoundingBox {
        let (x, y) = path(time)
        return BoundingBox(
            x: Float(x - 0.18 * height), y: Float(y - height / 2), width: Float(0.36 * height), height: Float(height))
    }
}

/// A scripted video, with a detector and a pose network that know its script.
struct Scene: Sendable {
    var width = 1280
    var height = 720
    var actors: [Actor]
    /// In boxes' sizes and heights; 0 for perfect networks.
    var noise = 0.0
    /// When the pose network sees the first of two people who overlap in both boxes.
    var confusion: ClosedRange<Double>?
    var detectorScore: @Sendable (Int, Double) -> Float = { _, _ in 0.9 }
    var poseScore: @Sendable (Int, Double) -> Float = { _, _ in 0.9 }
    /// What the actors look like; empty where nobody looks.
    var clothes: [Appearance] = []
    /// What else the detector finds.
    var ghosts: @Sendable (Double) -> [Detection] = { _ in [] }

    /// What a detector finds: boxes clipped to the picture.
    func detections(at time: Double, _ random: inout Random) -> [Detection] {
        actors.indices.filter { actors[$0].isVisible(at: time) }.compactMap { actor in
            var box = actors[actor].box(at: time)
            let size = Double(box.size)
            box.x += Float(noise * size * random.normal())
            box.y += Float(noise * size * random.normal())
            box.width += Float(noise * size * random.normal())
            box.height += Float(noise * size * random.normal())
            guard let seen = clip(box) else { return nil }
            return Detection(box: seen, score: detectorScore(actor, time))
        } + ghosts(time)
    }

    /// What a pose network finds in a box: whoever fills it most; nobody, in an empty one.
    func person(in detection: Detection, at time: Double, _ random: inout Random) -> Person {
        let visible = actors.filter { $0.isVisible(at: time) }
        let found = visible.max { $0.box(at: time).iou(detection.box) < $1.box(at: time).iou(detection.box) }
        let isConfused = confusion?.contains(time) == true && visible[0].box(at: time).iou(detection.box) > 0.1
        guard let found = isConfused ? visible[0] : found, found.box(at: time).iou(detection.box) > 0.1 else {
            let nothing = Keypoint(x: detection.box.centreX, y: detection.box.centreY, score: 0.05)
            return Person(box: detection.box, score: detection.score, pose: Pose(keypoints: Array(repeating: nothing, count: 17)))
        }
        let number = actors.firstIndex { $0.box(at: time) == found.box(at: time) } ?? 0
        var pose = found.pose(at: time, score: poseScore(number, time))
        for joint in pose.keypoints.indices where noise > 0 {
            pose.keypoints[joint].x += Float(random.tremble(score: 0.5) * found.height)
            pose.keypoints[joint].y += Float(random.tremble(score: 0.5) * found.height)
        }
        var person = Person(box: detection.box, score: detection.score, pose: pose)
        person.appearance = number < clothes.count ? clothes[number] : nil
        return person
    }

    private func clip(_ box: BoundingBox) -> BoundingBox? {
        let (left, top) = (max(0, box.x), max(0, box.y))
        let (right, bottom) = (min(Float(width), box.maxX), min(Float(height), box.maxY))
        guard right - left > 0.3 * box.width, bottom - top > 0.3 * box.height else { return nil }
        return BoundingBox(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// Follows the people of the scene through frames at `times`, as the program does.
    func follow(at times: [Double], _ settings: Tracker.Settings = Tracker.Settings(), seed: UInt64 = 1) -> Followings {
        var tracker = Tracker(skeleton: .coco17, settings: settings)
        var random = Random(seed)
        var result = Followings()
        for (index, seconds) in times.enumerated() {
            let time = Timestamp(seconds: seconds)
            let prediction = tracker.predict(at: time, width: width, height: height)
            let update: Tracker.Update
            if let cause = prediction.cause {
                let seen = tracker.candidates(from: detections(at: seconds, &random))
                let people = seen.map { person(in: $0, at: seconds, &random) }
                let carried = tracker.missed(by: seen).map { person(in: $0, at: seconds, &random) }
                update = tracker.update(with: people, carried: carried, at: time)
                result.detections.append((index, cause))
            } else {
                let carried = prediction.people.map { person(in: $0, at: seconds, &random) }
                update = tracker.update(with: nil, carried: carried, at: time)
            }
            result.frames.append(PoseFrame(index: index, time: time, people: update.people, events: update.events))
        }
        result.frames.append(
            PoseFrame(index: times.count, time: Timestamp(seconds: (times.last ?? 0) + 1), people: [], events: tracker.finish()))
        return result
    }
}

/// What came of following a scene.
struct Followings {
    var frames: [PoseFrame] = []
    var detections: [(frame: Int, cause: Tracker.DetectionCause)] = []

    var ids: [TrackID] { Set(frames.flatMap { $0.people.compactMap(\.track?.id) }).sorted() }

    /// The ids that an actor was given, in order, without repetitions.
    func ids(of actor: Actor) -> [TrackID] {
        frames.reduce(into: []) { ids, frame in
            guard let id = id(of: actor, in: frame), ids.last != id else { return }
            ids.append(id)
        }
    }

    /// The id of whoever stands where the actor does.
    func id(of actor: Actor, in frame: PoseFrame) -> TrackID? {
        let time = frame.time.seconds
        guard actor.isVisible(at: time) else { return nil }
        let box = actor.box(at: time)
        let there = frame.people.max { $0.box.iou(box) < $1.box.iou(box) }
        return there.flatMap { $0.box.iou(box) > 0.45 ? $0.track?.id : nil }
    }
}

/// Frames at an even rate.
func steady(_ rate: Double, from start: Double = 0, to end: Double) -> [Double] {
    (0..<Int(((end - start) * rate).rounded())).map { start + Double($0) / rate }
}

/// Ways in which frames come: the same scene must give the same people in all of them.
enum Cadence: String, CaseIterable {
    case ten, thirty, sixty, varying, dropping, slowing

    func times(to end: Double) -> [Double] {
        var random = Random(7)
        switch self {
        case .ten: return steady(10, to: end)
        case .thirty: return steady(30, to: end)
        case .sixty: return steady(60, to: end)
        case .varying:
            var times = [0.0]
            while let last = times.last, last < end { times.append(last + Double.random(in: 0.01...0.1, using: &random)) }
            return times
        case .dropping: return steady(30, to: end).filter { _ in Double.random(in: 0..<1, using: &random) > 0.3 }
        case .slowing: return steady(60, to: end / 2) + steady(10, from: end / 2, to: end)
        }
    }
}
