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
        // Threads that find no rows of their own share the products instead, and meet between the layers.
        let isShared = (rows + atOnce - 1) / atOnce < ThreadBudget.threads
        guard !isShared else { return multiply(0..<rows, x, y) }
        parallel(rows, by: atOnce) { multiply($0, x, y) }
    }

    private func multiply(_ rows: Range<Int>, _ x: Tensor, _ y: Tensor) {
        let (first, second) = (expansion.matrix, contraction.matrix)
        let between = first.precision.betweenLayers
        let words = between.words(second.depth)
        let hidden = ck_scratch(CK_HIDDEN, rows.count * words)
        first.multiply(
            rows: rows.count, x.pointer + rows.lowerBound * x.rowWords, areWords: x.precision != .fp32, stride: x.rowWords,
            into: hidden, stride: words, first.epilogue(expansion.activation, words: between != .fp32))
        second.multiply(
            rows: rows.count, hidden, areWords: between != .fp32, stride: words, into: y.pointer + rows.lowerBound * y.rowWords,
            stride: y.rowWords, second.epilogue(contraction.activation, accumulate: true))
    }
}
