/// What somebody looks like: the colours of parts of the body that the pose says where to find.
package struct Appearance: Sendable, Equatable {
    /// A colour, as differences of logarithms: light that grows or fades moves all of them little.
    package struct Colour: Sendable, Equatable {
        /// The logarithm of green.
        package var brightness: Float
        /// The logarithms of red and of blue, each less that of green.
        package var red: Float
        package var blue: Float

        package init(brightness: Float, red: Float, blue: Float) {
            (self.brightness, self.red, self.blue) = (brightness, red, blue)
        }
    }

    /// Torso, upper arms, thighs and shins; nil for what is not seen.
    package var clothes: [Colour?]
    /// Forearms, head and neck, or the hair over it: which tell people in the same clothes apart.
    package var others: [Colour?]

    package init(clothes: [Colour?], others: [Colour?]) { (self.clothes, self.others) = (clothes, others) }

    /// Of somebody of whom nothing is seen.
    package init() { self.init(clothes: [nil, nil, nil, nil], others: [nil, nil, nil]) }
}
