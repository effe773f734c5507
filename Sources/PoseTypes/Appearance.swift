/// What somebody looks like: the colours of the clothes on parts of the body that the pose says where to find.
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

    /// Torso, sleeves, thighs and shins; nil for what is not seen.
    package var parts: [Colour?]

    package init(parts: [Colour?]) { self.parts = parts }
}
