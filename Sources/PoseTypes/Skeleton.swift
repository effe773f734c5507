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

    /// - Parameter mirror: told by the names where it is not given.
    package init(name: String, joints: [String], bones: [[Int]], mirror: [Int]? = nil, sigmas: [Float] = []) {
        let mirror = mirror ?? Self.mirror(of: joints)
        precondition(mirror.count == joints.count && (sigmas.isEmpty || sigmas.count == joints.count))
        self.name = name
        self.joints = joints
        self.bones = bones
        self.mirror = mirror
        self.sigmas = sigmas
    }

    /// `left_knee` becomes `right_knee`; what has no counterpart stays. So does everything where a name occurs twice, which would send
    /// two joints to one place.
    private static func mirror(of joints: [String]) -> [Int] {
        let places = Dictionary(zip(joints, joints.indices)) { first, _ in first }
        let mirror = joints.enumerated().map { index, name in places[counterpart(of: name)] ?? index }
        return mirror.indices.allSatisfy { mirror[mirror[$0]] == $0 } ? mirror : Array(joints.indices)
    }

    private static func counterpart(of name: String) -> String {
        if name.hasPrefix("left_") { return "right_" + name.dropFirst(5) }
        if name.hasPrefix("right_") { return "left_" + name.dropFirst(6) }
        return name
    }
}

extension Skeleton {
    /// The layouts that have data of their own: what headers of records and labels of networks do not tell comes from here.
    package static let known: [Skeleton] = [.coco17, .aic14, .mpii16, .crowdPose14, .ap10k17, .wholeBody133, .halpe26]
}
