/// `activation(x Wᵀ + b)` over the rows of a matrix.
package struct Linear {
    let matrix: Matrix
    let activation: Activation

    /// `weight` is `[outputs, inputs]`, `bias` `[outputs]`.
    package init(weight: Tensor, bias: Tensor?, activation: Activation = .none, precision: Precision = .fp32) {
        precondition(weight.shape.count == 2, "the weight of a linear layer is [outputs, inputs], not \(weight.shape)")
        matrix = Matrix(
            weight: weight.pointer, columns: weight.shape[0], depth: weight.shape[1], bias: bias, precision: precision)
        self.activation = activation
    }

    /// `x` `[rows, inputs]`, in fp32 or in the layer's precision -> `y` `[rows, outputs]`, in fp32 or, of a layer in bf16, in bf16.
    ///
    /// With `adding`, what `y` (fp32) holds is added to the sums: a residual connection in place. Not with an activation.
    package func callAsFunction(_ x: Tensor, into y: Tensor, adding: Bool = false) {
        precondition(
            x.shape.count == 2 && matrix.takes(x.precision) && matrix.gives(y.precision)
                && !(adding && (y.precision != .fp32 || activation != .none))
                && x.shape[1] == matrix.depth && y.shape == [x.shape[0], matrix.columns],
            "a linear layer of \(matrix.depth) to \(matrix.columns) cannot take \(x.shape) to \(y.shape)")
        matrix.multiply(
            rows: x.shape[0], x.pointer, areWords: x.precision != .fp32, stride: x.rowWords, into: y.pointer, stride: y.rowWords,
            matrix.epilogue(activation, accumulate: adding, words: y.precision != .fp32))
    }
}
