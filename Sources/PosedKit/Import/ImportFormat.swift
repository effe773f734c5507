import FoundationEssentials
import PoseTypes

/// A format of other tools that is read, by its name on the command line.
package enum ImportFormat: String, Sendable, CaseIterable {
    /// COCO's keypoint results; `image_id` is the frame's number.
    case coco
    /// `alphapose-results.json`.
    case alphapose
    /// What MMPose's inferencer writes of a video, or its demo programs.
    case mmpose
    /// A folder with a file for each frame.
    case openpose
}

/// What one of those files holds.
struct ImportedPoses {
    /// A person as the other tool names one.
    struct Seen {
        var keypoints: [Keypoint]
        var score: Float
        var box: BoundingBox?
        var id: Int?
    }

    /// By the frame's number.
    var frames: [Int: [Seen]] = [:]

    /// The layout of everybody's keypoints, told by how many there are.
    ///
    /// - Parameter isOpenPose: whether 25 and 18 are OpenPose's.
    func skeleton(isOpenPose: Bool) throws(PosedError) -> Skeleton {
        let counts = Set(frames.values.joined().map(\.keypoints.count)).sorted()
        let known: [Skeleton] = isOpenPose ? [.openPose25, .openPose18] : [.coco17, .halpe26, .wholeBody133, .crowdPose14]
        guard counts.count < 2 else {
            throw PosedError(.badData, "its people have \(counts[0]) and \(counts[1]) keypoints: records have one layout")
        }
        guard let count = counts.first else { return isOpenPose ? .openPose25 : .coco17 }
        guard let skeleton = known.first(where: { $0.joints.count == count }) else {
            let choice = known.map { "\($0.joints.count)" }.joined(separator: ", ")
            throw PosedError(.badData, "its people have \(count) keypoints: layouts are known of \(choice)")
        }
        return skeleton
    }
}

extension Skeleton {
    private static let openPoseJoints = [
        "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    ]

    /// OpenPose's BODY_25. Sigmas are those of Halpe's evaluation for the same joints.
    static let openPose25 = openPose(
        "openpose-body-25",
        openPoseJoints + [
            "hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
            "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe",
            "right_heel",
        ])

    /// OpenPose's COCO_18.
    static let openPose18 = openPose(
        "openpose-coco-18",
        openPoseJoints + [
            "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear",
            "left_ear",
        ])

    private static func openPose(_ name: String, _ joints: [String]) -> Skeleton {
        let bones = [
            ("neck", "nose"), ("neck", "right_shoulder"), ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
            ("neck", "left_shoulder"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("neck", "hip"),
            ("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
            ("nose", "right_eye"), ("right_eye", "right_ear"), ("nose", "left_eye"), ("left_eye", "left_ear"),
            ("hip", "right_hip"),
            ("hip", "left_hip"), ("left_ankle", "left_big_toe"), ("left_big_toe", "left_small_toe"), ("left_ankle", "left_heel"),
            ("right_ankle", "right_big_toe"), ("right_big_toe", "right_small_toe"), ("right_ankle", "right_heel"),
            // Where the layout has no middle of the hips.
            ("neck", "right_hip"), ("neck", "left_hip"),
        ].filter { from, to in
            joints.contains(from) && joints.contains(to) && !(joints.contains("hip") && from == "neck" && to.hasSuffix("_hip"))
        }
        return Skeleton(
            name: name, joints: joints,
            bones: bones.compactMap { from, to in
                guard let from = joints.firstIndex(of: from), let to = joints.firstIndex(of: to) else { return nil }
                return [from, to]
            },
            sigmas: joints.compactMap { joint in Skeleton.halpe26.joints.firstIndex(of: joint).map { Skeleton.halpe26.sigmas[$0] }
            })
    }
}
