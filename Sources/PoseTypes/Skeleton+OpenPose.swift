extension Skeleton {
    private static let openPoseArms = [
        "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    ]
    private static let openPoseLegs = ["right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"]
    private static let openPoseFace = ["right_eye", "left_eye", "right_ear", "left_ear"]

    /// OpenPose's BODY_25. Sigmas are those of Halpe's evaluation for the same joints.
    package static let openPose25 = openPose(
        "openpose-body-25",
        openPoseArms + ["hip"] + openPoseLegs + openPoseFace + [
            "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
        ],
        bones: [
            [1, 0], [1, 2], [2, 3], [3, 4], [1, 5], [5, 6], [6, 7], [1, 8], [8, 9], [9, 10], [10, 11], [8, 12], [12, 13],
            [13, 14], [0, 15], [15, 17], [0, 16], [16, 18], [14, 19], [19, 20], [14, 21], [11, 22], [22, 23], [11, 24],
        ])

    /// OpenPose's COCO_18.
    package static let openPose18 = openPose(
        "openpose-coco-18", openPoseArms + openPoseLegs + openPoseFace,
        bones: [
            [1, 0], [1, 2], [2, 3], [3, 4], [1, 5], [5, 6], [6, 7], [1, 8], [8, 9], [9, 10], [1, 11], [11, 12], [12, 13],
            [0, 14], [14, 16], [0, 15], [15, 17],
        ])

    private static func openPose(_ name: String, _ joints: [String], bones: [[Int]]) -> Skeleton {
        let sigmas = joints.compactMap { joint in halpe26.joints.firstIndex(of: joint).map { halpe26.sigmas[$0] } }
        return Skeleton(name: name, joints: joints, bones: bones, sigmas: sigmas)
    }
}
