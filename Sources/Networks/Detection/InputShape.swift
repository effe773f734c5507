import Basics
import PoseTypes

/// How large a detector's input is.
struct InputShape {
    let width: Int
    let height: Int
    /// Whether other shapes of the same area will do.
    let followsPicture: Bool

    /// The size for a picture: the fixed one, or one of its area in the picture's shape, the sides rounded to cells of 32.
    ///
    /// A square input shows a 16:9 picture at 0.76 times the scale of a wide one of the same area, and costs the same.
    func size(forWidth pictureWidth: Int, height pictureHeight: Int) -> (width: Int, height: Int) {
        guard followsPicture else { return (width, height) }
        let cells = width / 32 * (height / 32)
        let (across, down) = (Double(pictureWidth), Double(pictureHeight))
        func rounded(_ side: Double) -> Double { min(max(side.rounded(), 1), Double(cells)) * 32 }
        let side = Double(cells).squareRoot()
        let factor = min(
            rounded(side * (across / down).squareRoot()) / across, rounded(side * (down / across).squareRoot()) / down)
        // Rounding may leave a row or a column that the picture does not reach.
        func reached(_ length: Double) -> Int { max(1, (Int(saturating: min(length * factor, 4096 * 32)) + 31) / 32) * 32 }
        return (reached(across), reached(down))
    }
}
