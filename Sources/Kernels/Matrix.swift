internal import CKernels

/// The constant right side of a product, laid out once as the loops read it, with its bias. No other type sees that layout, nor the
/// precision in which it is kept.
struct Matrix {
    let columns: Int
    let depth: Int
    let precision: Precision
    private let products: ck_products
    private let packed: Tensor
    private let bias: Tensor?

    /// `weight` is `[columns, depth]`, as PyTorch keeps the weight of a linear layer. `precision` is one that is available; a product too
    /// deep for the sums of int8 is computed in fp32.
    init(weight: UnsafePointer<Float>, columns: Int, depth: Int, bias: Tensor?, precision: Precision) {
        let precision = depth > 1 << 16 ? precision.betweenLayers : precision
        precondition(bias.map { $0.count == columns } ?? true, "a bias of \(bias?.count ?? 0) for \(columns) columns")
        self.columns = columns
        self.depth = depth
        self.bias = bias
        self.precision = precision
        products = precision.products!
        packed = Tensor([products.packed_count(columns, depth)])
        products.pack(columns, depth, weight, depth, packed.pointer)
    }

    /// Whether rows in this precision can be multiplied.
    func takes(_ precision: Precision) -> Bool { precision == .fp32 || precision == self.precision }
    /// Whether its output can be in this precision.
    func gives(_ precision: Precision) -> Bool { precision == .fp32 || precision == self.precision.betweenLayers }

    /// - Parameter words: whether the output is in the matrix's precision instead of fp32.
    func epilogue(_ activation: Activation, accumulate: Bool = false, words: Bool = false) -> ck_epilogue {
        ck_epilogue(
            bias: bias.map { UnsafePointer($0.pointer) }, activation: activation.code, accumulate: accumulate, words: words,
            residual: nil, ldresidual: 0, bounds: activation.bounds)
    }

    /// `output[rows, columns] = epilogue(input[rows, depth] · matrix)`, cut into blocks of rows and columns for the threads.
    func multiply(
        rows: Int, _ input: UnsafePointer<Float>, areWords: Bool = false, stride: Int, into output: UnsafeMutablePointer<Float>,
        stride outputStride: Int, _ epilogue: ck_epilogue
    ) {
        let (height, width) = block(rows: rows)
        let across = (columns + width - 1) / width
        var (input, areWords, stride, depth) = (input, areWords, stride, depth)
        if !areWords, precision != .fp32, across > 1 {
            // Once, instead of in every block of columns.
            let words = precision.words(depth)
            let scratch = ck_scratch(CK_ROWS, rows * words)
            parallel(rows, by: 48) { [input, stride, depth] range in
                products.rows_to_words(
                    range.count, depth, input + range.lowerBound * stride, stride, scratch + range.lowerBound * words)
            }
            (input, areWords, stride) = (UnsafePointer(scratch), true, words)
            // In bf16 whole words, with the zeros behind them.
            if precision == .bf16 { depth = words * precision.numbersInAWord }
        }
        parallel((rows + height - 1) / height * across) { [input, areWords, stride, depth] index in
            let row = index / across * height
            let column = index % across * width
            var epilogue = epilogue
            epilogue.residual = epilogue.residual.map { $0 + row * epilogue.ldresidual }
            products.gemm(
                min(height, rows - row), column, min(columns, column + width), depth, input + row * stride, areWords, stride,
                packed.pointer, columns, output + row * outputStride, outputStride, epilogue)
        }
    }

    /// A block of the product, in the calling thread: all of `rows`, and some columns.
    ///
    /// - Parameters:
    ///   - areWords: whether the rows are in the matrix's precision instead of fp32.
    ///   - stride: words from one row to the next.
    func multiply(
        rows: Int, columns: Range<Int>, _ input: UnsafePointer<Float>, areWords: Bool = false, stride: Int,
        into output: UnsafeMutablePointer<Float>, stride outputStride: Int, _ epilogue: ck_epilogue
    ) {
        products.gemm(
            rows, columns.lowerBound, columns.upperBound, depth, input, areWords, stride, packed.pointer, self.columns, output,
            outputStride, epilogue)
    }

    /// All columns, in the calling thread, of windows over rows of words that lie `pieceStride` apart: each sees one of `pieces` of each.
    func slide(
        rows: Int, places: Int, pieces: Int, _ input: UnsafePointer<Float>, stride: Int, rowStride: Int, pieceStride: Int,
        into output: UnsafeMutablePointer<Float>, stride outputStride: Int, _ epilogue: ck_epilogue
    ) {
        products.slide!(
            rows, places, columns, pieces, depth / pieces, input, stride, rowStride, pieceStride, packed.pointer, output,
            outputStride, epilogue)
    }

    /// Rounds `places` of so many channels to words.
    func round(
        places: Int, of channels: Int, _ input: UnsafePointer<Float>, stride: Int, to words: UnsafeMutablePointer<Float>
    ) {
        _ = products.map_to_words(places, channels, input, stride, 0, words)
    }

    /// Whether it takes rows in pieces.
    var multipliesPieces: Bool { products.gemm_pieces != nil }

    /// All columns, in the calling thread, of rows of fp32 that lie in `count` pieces of the same length, `pieceStride` apart, and may
    /// overlap. The first of `pieces` is at `input`; those outside of it are zeros.
    func multiply(
        rows: Int, pieces: Range<Int>, of count: Int, _ input: UnsafePointer<Float>, stride: Int, pieceStride: Int,
        into output: UnsafeMutablePointer<Float>, stride outputStride: Int, _ epilogue: ck_epilogue
    ) {
        products.gemm_pieces!(
            rows, columns, depth, depth / count, pieces.lowerBound, pieces.upperBound, input, stride, pieceStride,
            packed.pointer, output, outputStride, epilogue)
    }

    /// Rows as `rowsAtOnce` has them, and columns so that there are several blocks a thread (the threads may be held up
    /// unevenly), but none so small that handing it out would show.
    private func block(rows: Int) -> (height: Int, width: Int) {
        let height = rowsAtOnce(of: rows)
        let blocks = (rows + height - 1) / height
        let threads = ThreadBudget.threads
        guard threads > 1, blocks < 4 * threads else { return (height, columns) }
        let panels = (columns + kernels.tile_columns - 1) / kernels.tile_columns
        let work = 2 * min(rows, height) * columns * depth
        let across = max(1, min(4 * threads / blocks, panels, work / 2_000_000))
        return (height, (panels + across - 1) / across * kernels.tile_columns)
    }
}

/// How many of `rows` to multiply at once: as many as stay in a core's L2 cache while the matrix passes, so that the matrix
/// is read seldom, but some for each thread.
func rowsAtOnce(of rows: Int) -> Int {
    let tile = kernels.tile_rows
    let share = (rows + ThreadBudget.threads * tile - 1) / (ThreadBudget.threads * tile) * tile
    return max(96 / tile * tile, min(192 / tile * tile, share))
}
