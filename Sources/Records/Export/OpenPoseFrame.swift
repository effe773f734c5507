import PoseTypes

/// A file of OpenPose's for each frame, people in its BODY_25 layout (version 1.3 of its JSON output).
///
/// Joints that the layout of the records does not have are zeros, as those that are missing. Neck and middle of the hips are the middles
/// of shoulders and hips where the layout has none of its own; their score is the lower of the two, for OpenPose has no rule for it.
package struct OpenPoseFrame: Sendable {
    /// For each joint of BODY_25 those whose middle it is: one, two or none.
    private let sources: [[Int]]

    package init(_ skeleton: Skeleton) {
        func indices(_ names: [String]) -> [Int]? {
            let found = names.compactMap { skeleton.joints.firstIndex(of: $0) }
            return found.count == names.count ? found : nil
        }
        sources = Skeleton.openPose25.joints.map { name in
            let middle: [String]? =
                switch name {
                case "neck": ["left_shoulder", "right_shoulder"]
                case "hip": ["left_hip", "right_hip"]
                default: nil
                }
            return indices([name]) ?? middle.flatMap(indices) ?? []
        }
    }

    /// `STREAM_000000000012_keypoints.json`
    package static func name(stream: String, frame: Int) -> String {
        let digits = String(frame)
        return "\(stream)_" + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits + "_keypoints.json"
    }

    package func callAsFunction(_ frame: PoseFrame) -> [UInt8] {
        var text = TextBytes(capacity: 32 + 1024 * frame.people.count)
        text.raw(#"{"version":1.3,"people":"#)
        text.list(frame.people) { text, person in
            text.raw(#"{"person_id":["#)
            text.integer(person.track?.id.number ?? -1)
            text.raw(#"],"pose_keypoints_2d":"#)
            text.list(sources) { $0.triplet(joint($1, of: person)) }
            text.raw(
                #","face_keypoints_2d":[],"hand_left_keypoints_2d":[],"hand_right_keypoints_2d":[],"pose_keypoints_3d":[],"#)
            text.raw(#""face_keypoints_3d":[],"hand_left_keypoints_3d":[],"hand_right_keypoints_3d":[]}"#)
        }
        text.raw("}\n")
        return text.bytes
    }

    private func joint(_ sources: [Int], of person: Person) -> Keypoint? {
        let joints = sources.compactMap { person.pose.keypoints.indices.contains($0) ? person.exported($0) : nil }
        guard let first = joints.first, let last = joints.last, joints.count == sources.count else { return nil }
        return Keypoint(x: (first.x + last.x) / 2, y: (first.y + last.y) / 2, score: min(first.score, last.score))
    }
}
