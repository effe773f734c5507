extension Skeleton {
    /// The 14 keypoints of AI Challenger (arXiv 1711.06475).
    ///
    /// The sigmas are its evaluation's (`keypoint_eval.py`), which are a third to a sixth of COCO's for the same joints.
    package static let aic14 = Skeleton(
        name: "aic-14",
        joints: [
            "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
            "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "head_top", "neck",
        ],
        bones: [
            [2, 1], [1, 0], [0, 13], [13, 3], [3, 4], [4, 5], [8, 7], [7, 6], [6, 9], [9, 10], [10, 11], [12, 13], [0, 6],
            [3, 9],
        ],
        sigmas: [
            0.01388152, 0.01515228, 0.01057665, 0.01417709, 0.01497891, 0.01402144, 0.03909642, 0.03686941, 0.01981803,
            0.03843971, 0.03412318, 0.02415081, 0.01291456, 0.01236173,
        ])

    /// The 16 keypoints of MPII Human Pose (Andriluka et al., CVPR 2014).
    ///
    /// MPII is evaluated by PCKh, which has no sigmas. These are COCO's for the joints that it has, its hips' and shoulders' for pelvis,
    /// thorax and neck, and its face's for the top of the head, which is as hard to place as an ear.
    package static let mpii16 = Skeleton(
        name: "mpii-16",
        joints: [
            "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax", "upper_neck",
            "head_top", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist",
        ],
        bones: [
            [0, 1], [1, 2], [2, 6], [6, 3], [3, 4], [4, 5], [6, 7], [7, 8], [8, 9], [8, 12], [12, 11], [11, 10], [8, 13],
            [13, 14], [14, 15],
        ],
        sigmas: [
            0.089, 0.087, 0.107, 0.107, 0.087, 0.089, 0.107, 0.079, 0.079, 0.035, 0.062, 0.072, 0.079, 0.079, 0.072, 0.062,
        ])

    /// The 14 keypoints of CrowdPose (arXiv 1812.00324); sigmas from its `crowdposetools`.
    package static let crowdPose14 = Skeleton(
        name: "crowdpose-14",
        joints: [
            "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
            "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "head", "neck",
        ],
        bones: [
            [10, 8], [8, 6], [11, 9], [9, 7], [6, 7], [0, 6], [1, 7], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [12, 13], [1, 13],
            [0, 13],
        ],
        sigmas: [
            0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089, 0.079, 0.079,
        ])

    /// The 26 keypoints of the body in Halpe-FullBody (Li et al., CVPR 2020): COCO's, head, neck, hip and feet. Sigmas from its
    /// `halpecocotools`.
    package static let halpe26 = Skeleton(
        name: "halpe-26",
        joints: coco17.joints + [
            "head", "neck", "hip", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe", "left_heel",
            "right_heel",
        ],
        bones: [
            [15, 13], [13, 11], [11, 19], [16, 14], [14, 12], [12, 19], [17, 18], [18, 19], [18, 5], [5, 7], [7, 9], [18, 6],
            [6, 8], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6], [15, 20], [15, 22], [15, 24], [16, 21],
            [16, 23], [16, 25],
        ],
        sigmas: coco17.sigmas + [0.026, 0.026, 0.066, 0.079, 0.079, 0.079, 0.079, 0.079, 0.079])
}
