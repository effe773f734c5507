import PoseTypes

/// Undoes left/right swaps: pairs of joints that have changed places against the track's recent motion.
///
/// Networks swap connected joints: both ankles, a leg, a whole body that they take for turned round. So all pairs are
/// judged at once, and neighbours along the bones go together where they can be told apart.
///
/// The side that the network names most of the time is right: each time it agrees with the track's sides, it is trusted less when it
/// contradicts them, and the other way round. A wrong start mends itself.
struct SwapRepair: Sendable {
    /// Seconds of contradiction after which the network is believed, however long it agreed before.
    static let patience = 0.4
    /// In sizes: pairs closer than this can hardly be told apart.
    private static let minGap = 0.15

    /// What a swapped pair beside one that is not costs, where both are wide apart: less than one pair's evidence, so an end of a limb
    /// may be swapped by itself, and more than half of it, so the middle may not.
    private static let bond = 0.7

    /// Poses repaired so far.
    private(set) var count = 0
    private let pairs: [(left: Int, right: Int)]
    /// The pair that each pair hangs on, along the bones; nil for the first of a body. Pairs come after those they hang on.
    private let parents: [Int?]
    /// For how many seconds more each pair was named as it is followed than the other way round.
    private var agreement: [Double]

    init(_ skeleton: Skeleton) {
        (pairs, parents) = Self.tree(of: skeleton)
        agreement = Array(repeating: 0, count: pairs.count)
    }

    /// Swaps pairs of `keypoints` back; returns the joints whose swap is believed from now on. `step` is the time since the pose before.
    mutating func repair(_ keypoints: inout [Keypoint], expected: [JointMotion?], size: Double, step: Double) -> [Int] {
        let evidence = pairs.map { self.evidence(on: $0, keypoints, expected, size) }
        let isSwapped =
            evidence.contains { $0 < 0 }
            ? labels(evidence, gaps: pairs.map { gap(keypoints[$0.left], keypoints[$0.right], size) })
            : Array(repeating: false, count: pairs.count)
        for index in pairs.indices where !isSwapped[index] && evidence[index] > 0 {
            agreement[index] = min(Self.patience, agreement[index] + step)
        }
        let swapped = pairs.indices.filter { isSwapped[$0] }
        guard !swapped.isEmpty else { return [] }
        for index in swapped { agreement[index] -= step }
        guard swapped.reduce(0, { $0 + agreement[$1] }) >= 0 else {
            for index in swapped { agreement[index] = 0 }
            return swapped.flatMap { [pairs[$0].left, pairs[$0].right] }
        }
        for index in swapped { keypoints.swapAt(pairs[index].left, pairs[index].right) }
        count += 1
        return []
    }

    /// Which pairs are swapped: the labels with the least sum of evidence over swapped pairs and of bonds between neighbours that
    /// differ. Exact on a tree: from the last pairs to the first, and back (Viterbi).
    private func labels(_ evidence: [Double], gaps: [Double]) -> [Bool] {
        var costs = evidence.map { (kept: 0.0, swapped: $0) }
        let bonds = pairs.indices.map { index in parents[index].map { Self.bond * min(1, gaps[index], gaps[$0]) } ?? 0 }
        for index in pairs.indices.reversed() {
            guard let parent = parents[index] else { continue }
            costs[parent].kept += min(costs[index].kept, costs[index].swapped + bonds[index])
            costs[parent].swapped += min(costs[index].swapped, costs[index].kept + bonds[index])
        }
        var isSwapped: [Bool] = []
        for index in pairs.indices {
            let isParent = parents[index].map { isSwapped[$0] }
            let (kept, swapped) = (costs[index].kept, costs[index].swapped)
            let bond = isParent == true ? -bonds[index] : bonds[index]
            isSwapped.append(isParent == true ? swapped + bond <= kept : swapped + bond < kept)
        }
        return isSwapped
    }

    /// How far apart a pair is, in `leastGap`.
    private func gap(_ a: Keypoint, _ b: Keypoint, _ size: Double) -> Double {
        let (dx, dy) = (Double(a.x - b.x), Double(a.y - b.y))
        return (dx * dx + dy * dy).squareRoot() / (Self.minGap * size)
    }

    /// From -1 (certainly swapped) to 1 (certainly not): compares both ways to name the pair by their squared distances from where the
    /// joints were expected, which are a few times the variance for the right way.
    private func evidence(
        on pair: (left: Int, right: Int), _ keypoints: [Keypoint], _ expected: [JointMotion?], _ size: Double
    ) -> Double {
        let (left, right) = (keypoints[pair.left], keypoints[pair.right])
        guard min(left.score, right.score) >= Similarity.minScore,
            let expectedLeft = expected[pair.left], let expectedRight = expected[pair.right],
            expectedLeft.squaredDistance(to: expectedRight) > Self.minGap * Self.minGap * size * size
        else { return 0 }
        let variance =
            (expectedLeft.x.pp + expectedLeft.y.pp + expectedRight.x.pp + expectedRight.y.pp) / 4
            + (left.noise(size: size) * left.noise(size: size) + right.noise(size: size) * right.noise(size: size)) / 2
        let asNamed = expectedLeft.squaredDistance(to: left) + expectedRight.squaredDistance(to: right)
        let swapped = expectedLeft.squaredDistance(to: right) + expectedRight.squaredDistance(to: left)
        if swapped * 4 < asNamed, asNamed > 36 * variance, swapped < 25 * variance { return -1 }
        return asNamed < swapped ? 1 : 0
    }

    /// Every pair of joints that mirror each other, and along the bones which hangs on which.
    static func tree(of skeleton: Skeleton) -> (pairs: [(left: Int, right: Int)], parents: [Int?]) {
        let pairs = skeleton.mirror.enumerated().filter { $0 < $1 }.map { (left: $0, right: $1) }
        var number = [Int?](repeating: nil, count: skeleton.joints.count)
        for (index, pair) in pairs.enumerated() { (number[pair.left], number[pair.right]) = (index, index) }
        var neighbours = Array(repeating: Set<Int>(), count: pairs.count)
        for bone in skeleton.bones {
            guard let a = number[bone[0]], let b = number[bone[1]], a != b else { continue }
            neighbours[a].insert(b)
            neighbours[b].insert(a)
        }
        var (order, parents, reached): ([Int], [Int?], Set<Int>) = ([], [], [])
        for root in pairs.indices where !reached.contains(root) {
            var next = order.count
            order.append(root)
            parents.append(nil)
            reached.insert(root)
            while next < order.count {
                for neighbour in neighbours[order[next]].sorted() where reached.insert(neighbour).inserted {
                    order.append(neighbour)
                    parents.append(next)
                }
                next += 1
            }
        }
        return (order.map { pairs[$0] }, parents)
    }
}
