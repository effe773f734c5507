internal import CKernels

/// A convolution in bf16 that multiplies its windows where they lie: of what a window sees, each row lies in one piece. Some rows of the map
/// at a time are rounded to words, with zeros around them, by the thread that multiplies them next, so that they stay in its core's cache.
struct SlidingConvolution {
    private let matrix: Matrix
    private let inputs: Int
    private let kernel: (height: Int, width: Int)
    private let stride: Int
    private let padding: Int
    /// Words of a place, and of a piece: whole tiles, of which the last words meet zeros.
    private let step: Int
    private let piece: Int

    /// Nil where the precision is another one, or channels are in groups.
    init?(_ weights: ConvolutionWeights) {
        guard let piece = weights.precision.words(ofPieces: weights.kernel.width, weights.inputs), weights.groups == 1 else {
            return nil
        }
        (inputs, kernel, stride, padding) = (weights.inputs, weights.kernel, weights.stride, weights.padding)
        let numbers = weights.precision.numbersInAWord
        step = (inputs + numbers - 1) / numbers
        self.piece = piece
        // `[outputs, inputs, height, width]` to `[outputs, height, piece]`.
        let depth = kernel.height * piece * numbers
        let size = kernel.height * kernel.width
        let rows = Tensor([weights.outputs, depth])
        for output in 0..<weights.outputs {
            let (from, to) = (weights.weight.pointer + output * inputs * size, rows.pointer + output * depth)
            for place in 0..<size {
                let first = place / kernel.width * piece * numbers + place % kernel.width * step * numbers
                for channel in 0..<inputs { to[first + channel] = from[channel * size + place] }
            }
        }
        matrix = Matrix(
            weight: rows.pointer, columns: weights.outputs, depth: depth, bias: weights.bias, precision: weights.precision)
    }

    func callAsFunction(
        _ x: FeatureMap, into y: FeatureMap, _ activation: Activation, _ residual: FeatureMap?, _ accumulating: Bool
    ) {
        let width = (y.width - 1) * stride + kernel.width
        let line = width * step
        parallel(maps: x.batch, y.height, by: rowsAtOnce(of: y)) { index, rows in
            let top = rows.lowerBound * stride - padding
            let height = (rows.count - 1) * stride + kernel.height
            let words = ck_scratch(CK_OPERATION, height * line + piece)
            for row in 0..<height { fill(words + row * line, width: width, x, index, row: top + row) }
            (words + height * line).update(repeating: 0, count: piece)
            let first = (index * y.height + rows.lowerBound) * y.width
            var epilogue = matrix.epilogue(activation, accumulate: accumulating)
            if let residual {
                epilogue.residual = UnsafePointer(residual.pointer + first * residual.stride)
                epilogue.ldresidual = residual.stride
            }
            matrix.slide(
                rows: rows.count, places: y.width, pieces: kernel.height, words, stride: stride * step,
                rowStride: stride * line, pieceStride: line, into: y.pointer + first * y.stride, stride: y.stride, epilogue)
        }
    }

    /// The words of a row of a map, from `padding` places before its first one on; zeros where there is nothing.
    private func fill(_ words: UnsafeMutablePointer<Float>, width: Int, _ x: FeatureMap, _ index: Int, row: Int) {
        let count = (0..<x.height).contains(row) ? min(x.width, width - padding) : 0
        let first = count > 0 ? padding : width
        words.update(repeating: 0, count: first * step)
        guard count > 0 else { return }
        matrix.round(
            places: count, of: inputs, x.pointer(index) + row * x.width * x.stride, stride: x.stride, to: words + first * step)
        (words + (first + count) * step).update(repeating: 0, count: (width - first - count) * step)
    }

    /// Several blocks a thread, but none so small that it would read little more than the rows beside it, nor so large that words and sums
    /// would not stay in a core's L2 cache.
    private func rowsAtOnce(of y: FeatureMap) -> Int {
        let places = max(
            96, min(y.batch * y.height * y.width / (4 * ThreadBudget.threads), (1 << 17) / max(step, matrix.columns)))
        return (places + y.width - 1) / y.width
    }
}
