import Glibc
import PoseTypes

/// What is known of a person's joints beyond a single frame: which of them were really seen, and how they move.
struct PoseCleaner: Sendable {
    /// Seconds for which a joint that is not seen is still predicted.
    static let hold = 0.4

    private(set) var gate: BoneGate
    /// Where every joint is expected and how it moves; nil for a joint not seen for `hold`.
    private(set) var motions: [JointMotion?]
    /// The person's size in pixels, steadied over a second.
    private(set) var size: Double
    /// From the pose before to this one.
    private(set) var step = Motion.Step(seconds: 0, JointMotion.model)
    private var time: Timestamp

    init(_ skeleton: Skeleton, box: BoundingBox, at time: Timestamp) {
        gate = BoneGate(skeleton)
        motions = Array(repeating: nil, count: skeleton.joints.count)
        size = Double(box.size)
        self.time = time
    }

    /// Where the camera moved the joints.
    mutating func follow(_ camera: CameraMotion) {
        size *= camera.scale
        for joint in motions.indices { motions[joint]?.follow(camera) }
    }

    /// The joints that were seen; nil for the others.
    mutating func clean(_ person: Person, at now: Timestamp, gatesBones: Bool) -> [Keypoint?] {
        let seconds = max(0, now - time)
        time = now
        size += (1 - exp(-seconds)) * (Double(person.box.size) - size)
        step = Motion.Step(seconds: seconds, JointMotion.model, scale: size)
        for joint in motions.indices {
            if let motion = motions[joint], now - motion.lastSeen > Self.hold { motions[joint] = nil }
            motions[joint]?.predict(step)
        }
        let keypoints = person.pose.keypoints
        var seen = keypoints.map { $0.score >= Similarity.minScore }
        if gatesBones { gate.gate(keypoints, seen: &seen, expected: motions, size: size, step: seconds) }
        for joint in motions.indices where seen[joint] {
            if motions[joint] == nil {
                motions[joint] = JointMotion(keypoints[joint], size: size, at: now)
            } else {
                motions[joint]?.update(keypoints[joint], size: size, at: now)
            }
        }
        return zip(keypoints, seen).map { $1 ? $0 : nil }
    }
}
