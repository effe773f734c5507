import PoseTypes

/// Undoes left/right swaps: a pair of joints that has changed places against the track's recent motion.
///
/// A network that insists is believed: after `patience` the new sides are the right ones, so a wrong start mends itself.
struct SwapRepair: Sendable {
    static let patience = 0.4
    /// Pairs closer than this (in sizes) cannot be told apart.
    private static let leastGap = 0.15

    /// Pairs repaired so far.
    private(set) var count = 0
    private let pairs: [(left: Int, right: Int)]
    /// Since when each pair is being repaired.
    private var since: [Timestamp?]

    init(_ skeleton: Skeleton) {
        pairs = Self.pairs(of: skeleton)
        since = Array(repeating: nil, count: pairs.count)
    }

    /// Swaps pairs of `keypoints` back; returns the joints whose swap is believed from now on.
    mutating func repair(_ keypoints: inout [Keypoint], expected: [JointMotion?], size: Double, at time: Timestamp) -> [Int] {
        let verdicts = pairs.map { verdict(on: $0, keypoints, expected, size) }
        let (swapped, kept) = (verdicts.count { $0 == .swapped }, verdicts.count { $0 == .kept })
        // Most of a whole side has changed places: the pairs that cannot be told apart belong to it.
        let isWholeSide = swapped >= 3 && swapped > 2 * kept
        var believed: [Int] = []
        for (index, pair) in pairs.enumerated() {
            guard verdicts[index] == .swapped || isWholeSide && verdicts[index] == .unknown else {
                since[index] = nil
                continue
            }
            let start = since[index] ?? time
            since[index] = start
            if time - start > Self.patience {
                since[index] = nil
                believed += [pair.left, pair.right]
            } else {
                keypoints.swapAt(pair.left, pair.right)
                count += 1
            }
        }
        return believed
    }

    static func pairs(of skeleton: Skeleton) -> [(left: Int, right: Int)] {
        skeleton.mirror.enumerated().filter { $0 < $1 }.map { ($0, $1) }
    }

    private enum Verdict { case swapped, kept, unknown }

    /// Compares both ways to name the pair by their squared distances from where the joints were expected, which are a few times the
    /// variance for the right way.
    private func verdict(
        on pair: (left: Int, right: Int), _ keypoints: [Keypoint], _ expected: [JointMotion?], _ size: Double
    ) -> Verdict {
        let (left, right) = (keypoints[pair.left], keypoints[pair.right])
        guard min(left.score, right.score) >= Similarity.leastScore,
            let expectedLeft = expected[pair.left], let expectedRight = expected[pair.right],
            expectedLeft.squaredDistance(to: expectedRight) > Self.leastGap * Self.leastGap * size * size
        else { return .unknown }
        let variance =
            (expectedLeft.x.pp + expectedLeft.y.pp + expectedRight.x.pp + expectedRight.y.pp) / 4
            + (left.noise(size: size) * left.noise(size: size) + right.noise(size: size) * right.noise(size: size)) / 2
        let asNamed = expectedLeft.squaredDistance(to: left) + expectedRight.squaredDistance(to: right)
        let swapped = expectedLeft.squaredDistance(to: right) + expectedRight.squaredDistance(to: left)
        if swapped * 4 < asNamed, asNamed > 36 * variance, swapped < 25 * variance { return .swapped }
        return asNamed < swapped ? .kept : .unknown
    }
}
