import PoseTypes

extension Person {
    /// What other tools get of a joint: smoothed where the recording has that, or else what the network said; nil for one that is missing.
    /// The score is the network's.
    func exported(_ joint: Int) -> Keypoint? {
        let seen = pose.keypoints[joint]
        guard let smoothed = track?.joints, smoothed.indices.contains(joint) else { return seen }
        return smoothed[joint].place.map { Keypoint(x: $0.x, y: $0.y, score: seen.score, sigma: $0.sigma) }
    }
}

extension TextBytes {
    /// `x,y,score` of a joint, in pixels; zeros for one that is missing, as these formats have it.
    mutating func triplet(_ joint: Keypoint?) {
        let joint = joint ?? Keypoint(x: 0, y: 0, score: 0)
        pixels(joint.x)
        raw(",")
        pixels(joint.y)
        raw(",")
        score(joint.score)
    }

    /// Appends a list, its items between commas.
    mutating func list<Item>(_ items: some Sequence<Item>, _ write: (inout TextBytes, Item) -> Void) {
        raw("[")
        for (index, item) in items.enumerated() {
            if index > 0 { raw(",") }
            write(&self, item)
        }
        raw("]")
    }
}
