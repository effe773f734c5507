/// What a detector found: where, of which class, and how sure it is.
package struct Detection: Sendable, Hashable {
    /// The class that is looked for unless others are asked for.
    package static let person = "person"

    package var box: BoundingBox
    /// 0 to 1.
    package var score: Float
    /// The name of its class, as the detector's model has it.
    package var category: String

    package init(box: BoundingBox, score: Float, category: String = Self.person) {
        self.box = box
        self.score = score
        self.category = category
    }
}
