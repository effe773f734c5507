/// A person found by a detector.
public struct Detection: Sendable, Hashable {
    public var box: BoundingBox
    /// 0 to 1.
    public var score: Float

    public init(box: BoundingBox, score: Float) {
        self.box = box
        self.score = score
    }
}
