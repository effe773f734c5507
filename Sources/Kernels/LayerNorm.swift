internal import CKernels

/// Layer normalisation (Ba et al., arXiv 1607.06450) over the rows of a matrix.
package struct LayerNorm {
    private let gain: Tensor
    private let bias: Tensor
    private let epsilon: Float

    package init(gain: Tensor, bias: Tensor, epsilon: Float) {
        precondition(gain.shape.count == 1 && gain.shape == bias.shape, "gain \(gain.shape), bias \(bias.shape)")
        self.gain = gain
        self.bias = bias
        self.epsilon = epsilon
    }

    /// `[rows, width]` -> the same shape, in the precision of `y`.
    package func callAsFunction(_ x: Tensor, into y: Tensor) {
        let width = gain.count
        precondition(x.shape.count == 2 && x.shape[1] == width && y.shape == x.shape, "layer norm of \(width): \(x.shape)")
        let products = y.precision.products!
        parallel(x.shape[0], by: 48) { rows in
            products.layer_norm(
                rows.count, width, x.pointer + rows.lowerBound * width, gain.pointer, bias.pointer, epsilon,
                y.pointer + rows.lowerBound * y.rowWords)
        }
    }
}
