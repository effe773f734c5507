/// Normalisation by the root of the mean square (Zhang and Sennrich, arXiv 1910.07467) over the rows of a matrix.
package struct RMSNorm {
    private let gain: Tensor
    private let epsilon: Float

    /// `gain` is `[width]`.
    package init(gain: Tensor, epsilon: Float) {
        precondition(gain.shape.count == 1, "gain \(gain.shape)")
        self.gain = gain
        self.epsilon = epsilon
    }

    /// `[rows, width]` -> the same shape, in fp32; `y` may be `x`.
    package func callAsFunction(_ x: Tensor, into y: Tensor) {
        let width = gain.count
        precondition(
            x.shape.count == 2 && x.shape[1] == width && y.shape == x.shape && x.precision == .fp32 && y.precision == .fp32,
            "RMS norm of \(width): \(x.shape)")
        parallel(x.shape[0], by: 48) { rows in
            for row in rows {
                let (from, to) = (x.pointer + row * width, y.pointer + row * width)
                // Eight sums beside each other: one would wait for each addition.
                var squares = SIMD8<Float>()
                let whole = width / 8 * 8
                for column in stride(from: 0, to: whole, by: 8) {
                    let values = UnsafeRawPointer(from + column).loadUnaligned(as: SIMD8<Float>.self)
                    squares += values * values
                }
                var total = squares.sum()
                for column in whole..<width { total += from[column] * from[column] }
                let scale = 1 / (total / Float(width) + epsilon).squareRoot()
                for column in 0..<width { to[column] = from[column] * scale * gain.pointer[column] }
            }
        }
    }
}
