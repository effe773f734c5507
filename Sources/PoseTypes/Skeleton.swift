/// What the keypoints of a pose mean: data that comes with a network.
package struct Skeleton: Sendable, Hashable {
    /// The layout's name in records, for example `coco-17`.
    package let name: String
    /// One name a keypoint, for example `left_knee`.
    package let joints: [String]
    /// Pairs of joints that are drawn as limbs.
    package let bones: [[Int]]
    /// For every joint the one that it becomes in a mirrored picture.
    package let mirror: [Int]
    /// For every joint the standard deviation of its annotation, relative to the person's size: the `k` of object
    /// keypoint similarity (COCO keypoint evaluation). Empty if unknown.
    package let sigmas: [Float]

    package init(name: String, joints: [String], bones: [[Int]], mirror: [Int], sigmas: [Float]) {
        precondition(mirror.count == joints.count && (sigmas.isEmpty || sigmas.count == joints.count))
        self.name = name
        self.joints = joints
        self.bones = bones
        self.mirror = mirror
        self.sigmas = sigmas
    }
}
