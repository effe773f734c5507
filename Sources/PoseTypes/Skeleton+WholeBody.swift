extension Skeleton {
    /// The 133 keypoints of COCO-WholeBody (arXiv 2007.11858): COCO's 17, 6 of the feet, 68 of the face in the order of 300-W, 21 of the
    /// left hand, 21 of the right one. The data set names its keypoints by number; the fingers' names are those that mmpose gave them.
    ///
    /// Sigmas from its evaluation, `myeval_wholebody.py`.
    package static let wholeBody133: Skeleton = {
        let feet = ["left", "right"].flatMap { side in ["big_toe", "small_toe", "heel"].map { "\(side)_\($0)" } }
        let face = (0..<68).map { "face_\($0)" }
        let fingers = ["thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger"]
        let hands = ["left", "right"].flatMap { side in
            ["\(side)_hand_root"] + fingers.flatMap { finger in (1...4).map { "\(side)_\(finger)\($0)" } }
        }
        let joints = coco17.joints + feet + face + hands
        let feetBones = [[15, 17], [15, 18], [15, 19], [16, 20], [16, 21], [16, 22]]
        let fingerBones = handBones(wrist: 9, root: 91) + handBones(wrist: 10, root: 112)
        var mirror = Skeleton(name: "", joints: joints, bones: []).mirror
        for (joint, other) in faceMirror.enumerated() { mirror[23 + joint] = 23 + other }
        return Skeleton(
            name: "coco-wholebody-133", joints: joints, bones: coco17.bones + feetBones + fingerBones, mirror: mirror,
            sigmas: coco17.sigmas + feetSigmas + faceSigmas + handSigmas + handSigmas)
    }()

    /// Each finger's four joints, and its first hangs on the wrist.
    private static func handBones(wrist: Int, root: Int) -> [[Int]] {
        (0..<20).map { joint in joint.isMultiple(of: 4) ? [wrist, root + joint + 1] : [root + joint, root + joint + 1] }
    }

    /// Jaw, brows, bridge and base of the nose, eyes, outer and inner lips.
    private static let faceMirror = [
        16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35,
        34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63,
        62, 61, 60, 67, 66, 65,
    ]

    private static let feetSigmas: [Float] = [0.068, 0.066, 0.066, 0.092, 0.094, 0.094]

    private static let faceSigmas: [Float] = [
        0.042, 0.043, 0.044, 0.043, 0.040, 0.035, 0.031, 0.025, 0.020, 0.023, 0.029, 0.032, 0.037, 0.038, 0.043, 0.041, 0.045,
        0.013, 0.012, 0.011, 0.011, 0.012, 0.012, 0.011, 0.011, 0.013, 0.015, 0.009, 0.007, 0.007, 0.007, 0.012, 0.009, 0.008,
        0.016, 0.010, 0.017, 0.011, 0.009, 0.011, 0.009, 0.007, 0.013, 0.008, 0.011, 0.012, 0.010, 0.034, 0.008, 0.008, 0.009,
        0.008, 0.008, 0.007, 0.010, 0.008, 0.009, 0.009, 0.009, 0.007, 0.007, 0.008, 0.011, 0.008, 0.008, 0.008, 0.01, 0.008,
    ]

    private static let handSigmas: [Float] = [
        0.029, 0.022, 0.035, 0.037, 0.047, 0.026, 0.025, 0.024, 0.035, 0.018, 0.024, 0.022, 0.026, 0.017, 0.021, 0.021, 0.032,
        0.02, 0.019, 0.022, 0.031,
    ]
}
