// Everywhere in posed, coordinates are Float pixels of the full upright picture: (0, 0) is the centre of the top left
// pixel, x grows to the right, y down. Time is media time. Nothing else repeats this.

/// A picture in memory: 8-bit RGB, rows from top to bottom without padding.
package struct Image: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// `[height, width, 3]`, red first.
    package var pixels: [UInt8]

    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "an image holds width x height x 3 bytes")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    package init(width: Int, height: Int, grey: UInt8 = 0) {
        self.init(width: width, height: height, pixels: [UInt8](repeating: grey, count: width * height * 3))
    }
}
