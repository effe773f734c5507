import PoseTypes

/// The joints near each joint, along the bones.
struct JointNeighbours: Sendable {
    /// For every joint the joints one bone away, then those two bones away, and so on.
    private let rings: [[[Int]]]

    init(_ skeleton: Skeleton) {
        var neighbours = Array(repeating: Set<Int>(), count: skeleton.joints.count)
        for bone in skeleton.bones {
            neighbours[bone[0]].insert(bone[1])
            neighbours[bone[1]].insert(bone[0])
        }
        rings = neighbours.indices.map { joint in
            var (reached, ring, rings): (Set<Int>, Set<Int>, [[Int]]) = ([joint], [joint], [])
            while true {
                ring = Set(ring.flatMap { neighbours[$0] }).subtracting(reached)
                guard !ring.isEmpty else { return rings }
                reached.formUnion(ring)
                rings.append(ring.sorted())
            }
        }
    }

    /// The known joints of the nearest ring that has any.
    func nearest(to joint: Int, where isKnown: (Int) -> Bool) -> [Int] {
        for ring in rings[joint] {
            let known = ring.filter(isKnown)
            if !known.isEmpty { return known }
        }
        return []
    }
}
