/// Where the points of one frame's still background lie in the next: a camera that pans, shakes, zooms or rolls.
///
/// `x' = a x - b y + dx`, `y' = b x + a y + dy`, in pixels: a similarity, of scale `sqrt(a² + b²)` and turned by `atan2(b, a)`.
package struct CameraMotion: Sendable, Equatable {
    package var a: Double
    package var b: Double
    package var dx: Double
    package var dy: Double

    /// The camera stands still.
    package static let none = CameraMotion(a: 1, b: 0, dx: 0, dy: 0)

    package init(a: Double, b: Double, dx: Double, dy: Double) {
        (self.a, self.b, self.dx, self.dy) = (a, b, dx, dy)
    }

    package var scale: Double { (a * a + b * b).squareRoot() }

    package func callAsFunction(x: Double, y: Double) -> (x: Double, y: Double) {
        (a * x - b * y + dx, b * x + a * y + dy)
    }

    /// From the next frame back; nil where it cannot be turned back.
    package var inverse: CameraMotion? {
        let square = a * a + b * b
        guard square.isFinite, square > 1e-6 else { return nil }
        let (a, b) = (a / square, -b / square)
        return CameraMotion(a: a, b: b, dx: b * dy - a * dx, dy: -b * dx - a * dy)
    }

    /// `earlier`, and then this one.
    package func after(_ earlier: CameraMotion) -> CameraMotion {
        let moved = self(x: earlier.dx, y: earlier.dy)
        return CameraMotion(
            a: a * earlier.a - b * earlier.b, b: a * earlier.b + b * earlier.a, dx: moved.x, dy: moved.y)
    }

    /// A speed or a distance, which no shift changes.
    package func turned(x: Double, y: Double) -> (x: Double, y: Double) { (a * x - b * y, b * x + a * y) }
}
