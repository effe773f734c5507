/// What the keypoints of a pose mean: data that comes with a network.
public struct Skeleton: Sendable, Hashable {
    /// The layout's name in records, for example `coco-17`.
    public let name: String
    /// One name a keypoint, for example `left_knee`.
    public let joints: [String]
    /// Pairs of joints that are drawn as limbs.
    public let bones: [[Int]]
    /// For every joint the one that it becomes in a mirrored picture.
    public let mirror: [Int]
    /// For every joint the standard deviation of its annotation, relative to the person's size: the `k` of object
    /// keypoint similarity (COCO keypoint evaluation). Empty where nobody measured them.
    public let sigmas: [Float]

    public init(name: String, joints: [String], bones: [[Int]], mirror: [Int], sigmas: [Float]) {
        precondition(mirror.count == joints.count && (sigmas.isEmpty || sigmas.count == joints.count))
        self.name = name
        self.joints = joints
        self.bones = bones
        self.mirror = mirror
        self.sigmas = sigmas
    }
}
