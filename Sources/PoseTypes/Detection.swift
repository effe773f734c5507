/// What a detector found: where, of which class, and how sure it is.
public struct Detection: Sendable, Hashable {
    public var box: BoundingBox
    /// 0 to 1.
    public var score: Float
    /// The name of its class, as the detector's model has it.
    public var category: String

    public init(box: BoundingBox, score: Float, category: String = "person") {
        self.box = box
        self.score = score
        self.category = category
    }
}
