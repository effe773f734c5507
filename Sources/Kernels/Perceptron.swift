internal import CKernels

/// Two linear layers, the first with an activation. Some rows at a time go through both, so that what lies between stays in a core's cache.
package struct Perceptron {
    private let expansion: Linear
    private let contraction: Linear

    package init(expansion: Linear, contraction: Linear) {
        precondition(expansion.matrix.columns == contraction.matrix.depth, "a perceptron's layers do not follow each other")
        self.expansion = expansion
        self.contraction = contraction
    }

    /// `x` `[rows, inputs]`, in fp32 or in the layers' precision; its result is added to `y` `[rows, outputs]`, in fp32.
    package func callAsFunction(_ x: Tensor, addingTo y: Tensor) {
        let rows = x.shape[0]
        precondition(
            x.shape == [rows, expansion.matrix.depth] && expansion.matrix.takes(x.precision) && y.precision == .fp32
                && y.shape == [rows, contraction.matrix.columns], "a perceptron cannot take \(x.shape) to \(y.shape)")
        let atOnce = rowsAtOnce(of: rows)
        // Threads that find no rows of their own share columns, and meet between the layers.
        guard (rows + atOnce - 1) / atOnce >= ThreadBudget.threads else {
            return multiply(0..<rows, x, y) { $0.multiply(rows: $1, $2, areWords: $3, stride: $4, into: $5, stride: $6, $7) }
        }
        parallel(rows, by: atOnce) { range in
            multiply(range, x, y) {
                $0.multiply(rows: $1, columns: 0..<$0.columns, $2, areWords: $3, stride: $4, into: $5, stride: $6, $7)
            }
        }
    }

    /// How rows are multiplied with a matrix: as `Matrix.multiply` says.
    private typealias Product = (
        Matrix, _ rows: Int, UnsafePointer<Float>, _ areWords: Bool, _ stride: Int, UnsafeMutablePointer<Float>,
        _ outputStride: Int,
        ck_epilogue
    ) -> Void

    private func multiply(_ rows: Range<Int>, _ x: Tensor, _ y: Tensor, _ product: Product) {
        let between = expansion.matrix.precision.betweenLayers
        let words = between.words(contraction.matrix.depth)
        let hidden = ck_scratch(CK_HIDDEN, rows.count * words)
        product(
            expansion.matrix, rows.count, x.pointer + rows.lowerBound * x.rowWords, x.precision != .fp32, x.rowWords, hidden,
            words,
            expansion.matrix.epilogue(expansion.activation, words: between != .fp32))
        product(
            contraction.matrix, rows.count, hidden, between != .fp32, words, y.pointer + rows.lowerBound * y.rowWords, y.rowWords,
            contraction.matrix.epilogue(contraction.activation, accumulate: true))
    }
}
