extension Skeleton {
    /// The 17 keypoints of four-legged animals of AP-10K (arXiv 2108.12617) and APT-36K (arXiv 2206.05683).
    ///
    /// The papers publish no sigmas; these are those of AP-10K's evaluation code, which are COCO's of the alike joints: a paw has
    /// a wrist's or an ankle's, neck and root of the tail an ear's.
    package static let ap10k17 = Skeleton(
        name: "ap10k-17",
        joints: [
            "left_eye", "right_eye", "nose", "neck", "root_of_tail", "left_shoulder", "left_elbow", "left_front_paw",
            "right_shoulder", "right_elbow", "right_front_paw", "left_hip", "left_knee", "left_back_paw", "right_hip",
            "right_knee", "right_back_paw",
        ],
        bones: [
            [0, 1], [0, 2], [1, 2], [2, 3], [3, 4], [3, 5], [5, 6], [6, 7], [3, 8], [8, 9], [9, 10], [4, 11], [11, 12],
            [12, 13], [4, 14], [14, 15], [15, 16],
        ],
        sigmas: [
            0.025, 0.025, 0.026, 0.035, 0.035, 0.079, 0.072, 0.062, 0.079, 0.072, 0.062, 0.107, 0.087, 0.089, 0.107, 0.087,
            0.089,
        ])
}
