/// `activation(x Wᵀ + b)` over the rows of a matrix.
package struct Linear {
    private let matrix: Matrix
    private let activation: Activation

    /// `weight` is `[outputs, inputs]`, `bias` `[outputs]`.
    package init(weight: Tensor, bias: Tensor?, activation: Activation = .none) {
        precondition(weight.shape.count == 2, "the weight of a linear layer is [outputs, inputs], not \(weight.shape)")
        matrix = Matrix(weight: weight.pointer, columns: weight.shape[0], depth: weight.shape[1], bias: bias)
        self.activation = activation
    }

    /// `x` `[rows, inputs]` -> `y` `[rows, outputs]`. With `adding`, what `y` holds is added to the sums: a residual
    /// connection in place.
    package func callAsFunction(_ x: Tensor, into y: Tensor, adding: Bool = false) {
        precondition(
            x.shape.count == 2 && x.shape[1] == matrix.depth && y.shape == [x.shape[0], matrix.columns],
            "a linear layer of \(matrix.depth) to \(matrix.columns) cannot take \(x.shape) to \(y.shape)")
        matrix.multiply(
            rows: x.shape[0], x.pointer, stride: matrix.depth, into: y.pointer, stride: matrix.columns,
            matrix.epilogue(activation, accumulate: adding))
    }
}
