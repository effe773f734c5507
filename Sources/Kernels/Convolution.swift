internal import CKernels

/// A convolution, its bias and its activation, on feature maps with channels last.
///
/// A window of one pixel is a matrix product over the places; a filter of its own for each channel is computed directly;
/// in bf16 windows slide over rows of words (`SlidingConvolution`), in fp32 over wide maps as they are; every other convolution gathers
/// what the window sees into rows, some at a time, and multiplies those.
package struct Convolution {
    package let inputs: Int
    package let outputs: Int
    package let stride: Int
    private let padding: Int
    private let paddingAfter: Int
    private let kernel: (height: Int, width: Int)
    private let activation: Activation
    private let form: Form

    private enum Form {
        case pointwise(Matrix)
        /// `[height, width, channels]`
        case depthwise(weight: Tensor, bias: Tensor)
        case sliding(SlidingConvolution)
        /// One matrix `[height * width * inputs, outputs]` a group.
        case im2col([Matrix])
    }

    package init(_ weights: ConvolutionWeights, activation: Activation = .none) {
        inputs = weights.inputs
        outputs = weights.outputs
        stride = weights.stride
        padding = weights.padding
        paddingAfter = weights.paddingAfter
        kernel = weights.kernel
        self.activation = activation
        let size = kernel.height * kernel.width
        if weights.isDepthwise {
            form = .depthwise(weight: weights.weight.reshaped([inputs, size]).transposed, bias: weights.bias)
            return
        }
        let isPointwise = size == 1 && stride == 1 && padding + paddingAfter == 0 && weights.groups == 1
        if !isPointwise, let sliding = SlidingConvolution(weights) {
            form = .sliding(sliding)
            return
        }
        // `[outputs, inputs, height * width]` to `[outputs, height * width, inputs]`, as the rows are gathered.
        let depth = weights.weight.shape[1] * size
        let columns = weights.outputs / weights.groups
        let matrices = (0..<weights.groups).map { group in
            let range = group * columns..<(group + 1) * columns
            let rows = Tensor([range.count, depth])
            for (row, output) in range.enumerated() {
                let filter = weights.weight.slice(output..<output + 1).reshaped([depth / size, size]).transposed
                rows.pointer.advanced(by: row * depth).update(from: filter.pointer, count: depth)
            }
            return Matrix(
                weight: rows.pointer, columns: range.count, depth: depth, bias: weights.bias.slice(range),
                precision: weights.precision)
        }
        form = isPointwise ? .pointwise(matrices[0]) : .im2col(matrices)
    }

    /// Height and width of what becomes of a map of this size.
    package func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
        let zeros = padding + paddingAfter
        return ((height + zeros - kernel.height) / stride + 1, (width + zeros - kernel.width) / stride + 1)
    }

    /// `residual`, if any, is added after the activation; it must not be `y`. With `accumulating`, what `y` holds is added before the
    /// activation.
    package func callAsFunction(
        _ x: FeatureMap, into y: FeatureMap, adding residual: FeatureMap? = nil, accumulating: Bool = false
    ) {
        let size = outputSize(height: x.height, width: x.width)
        precondition(
            x.channels == inputs && y.channels == outputs && y.batch == x.batch && (y.height, y.width) == size
                && (residual.map { $0.channels == outputs && $0.hasSize(of: y) && !accumulating } ?? true),
            "a convolution of \(inputs) to \(outputs) channels does not take the maps it was given")
        switch form {
        case .pointwise(let matrix):
            matrix.multiply(
                rows: x.places, x.pointer, stride: x.stride, into: y.pointer, stride: y.stride,
                epilogue(matrix, 0, residual, accumulating))
        case .depthwise:
            precondition(residual == nil && !accumulating, "a depthwise convolution adds no residual")
            parallel(maps: x.batch, y.height, by: max(1, 32_768 / (y.width * inputs))) { index, rows in
                filter(
                    x, index, rows, width: y.width, into: y.pointer(index) + rows.lowerBound * y.width * y.stride,
                    stride: y.stride)
            }
        case .sliding(let sliding): sliding(x, into: y, activation, residual, accumulating)
        // Rows of few places would leave most of a register tile empty, which costs more than the copies.
        case .im2col(let matrices)
        where matrices.count == 1 && matrices[0].multipliesPieces && padding < kernel.height && x.stride == inputs
            && inside(x, width: y.width).count >= 48:
            slide(matrices[0], over: x, into: y, residual, accumulating)
        case .im2col(let matrices):
            let source = WindowSource(x, for: matrices[0].precision, channels: inputs / matrices.count)
            for group in matrices.indices { multiply(matrices, group, source, x, y, residual, accumulating) }
        }
    }

    var isDepthwise: Bool { if case .depthwise = form { true } else { false } }
    var isPointwise: Bool { if case .pointwise = form { true } else { false } }

    /// The depthwise convolution's rows `rows` of map `index`, in the calling thread, to `[rows, width, stride]`.
    func filter(
        _ x: FeatureMap, _ index: Int, _ rows: Range<Int>, width: Int, into output: UnsafeMutablePointer<Float>, stride: Int
    ) {
        guard case .depthwise(let weight, let bias) = form else { preconditionFailure("not depthwise") }
        kernels.depthwise(
            inputs, window(over: x, width: width), rows.lowerBound, rows.upperBound, x.pointer(index), weight.pointer,
            bias.pointer, activation.code, activation.bounds, output - rows.lowerBound * width * stride, stride)
    }

    /// The pointwise convolution of `count` places, in the calling thread: `input` holds the first of them, and they are the ones from
    /// `first` on of `y` and `residual`.
    func multiply(
        _ input: UnsafePointer<Float>, stride: Int, into y: FeatureMap, from first: Int, count: Int, _ residual: FeatureMap?
    ) {
        guard case .pointwise(let matrix) = form else { preconditionFailure("not pointwise") }
        var epilogue = epilogue(matrix, 0, residual, false)
        epilogue.residual = epilogue.residual.map { $0 + first * epilogue.ldresidual }
        matrix.multiply(
            rows: count, columns: 0..<matrix.columns, input, stride: stride, into: y.pointer + first * y.stride, stride: y.stride,
            epilogue)
    }

    private func multiply(
        _ matrices: [Matrix], _ group: Int, _ source: WindowSource, _ x: FeatureMap, _ y: FeatureMap, _ residual: FeatureMap?,
        _ accumulating: Bool
    ) {
        let places = y.height * y.width
        parallel(maps: x.batch, places, by: rowsAtOnce(of: x.batch * places)) { index, range in
            gather(range, of: index, matrices, group, source, x, y, residual, accumulating)
        }
    }

    /// The places of `range` of map `index`: what the window sees is gathered into rows first.
    private func gather(
        _ range: Range<Int>, of index: Int, _ matrices: [Matrix], _ group: Int, _ source: WindowSource, _ x: FeatureMap,
        _ y: FeatureMap, _ residual: FeatureMap?, _ accumulating: Bool
    ) {
        let matrix = matrices[group]
        let channels = inputs / matrices.count
        let firstOutput = group * matrix.columns
        let stride = source.stride(depth: matrix.depth)
        let columns = ck_scratch(CK_OPERATION, range.count * stride)
        source.gather(
            channels: channels, from: group * channels, of: index, under: window(over: x, width: y.width), range, into: columns)
        var epilogue = epilogue(matrix, firstOutput, residual, accumulating)
        epilogue.residual = epilogue.residual.map {
            $0 + (index * y.height * y.width + range.lowerBound) * epilogue.ldresidual
        }
        matrix.multiply(
            rows: range.count, columns: 0..<matrix.columns, columns, areWords: source.rowsAreWords, stride: stride,
            into: y.pointer(index) + range.lowerBound * y.stride + firstOutput, stride: y.stride, epilogue)
    }

    /// Columns of the output whose window lies within the map's width.
    private func inside(_ x: FeatureMap, width: Int) -> Range<Int> {
        let first = min((padding + stride - 1) / stride, width)
        let last = x.width + padding < kernel.width ? 0 : (x.width + padding - kernel.width) / stride + 1
        return first..<max(first, min(last, width))
    }

    /// Multiplies the windows where they lie: of what a window sees, each row lies in one piece, where the map has no other channels.
    private func slide(
        _ matrix: Matrix, over x: FeatureMap, into y: FeatureMap, _ residual: FeatureMap?, _ accumulating: Bool
    ) {
        let inside = inside(x, width: y.width)
        let source = WindowSource(x, for: .fp32, channels: inputs)
        parallel(maps: x.batch, y.height, by: 1) { index, rows in
            let row = rows.lowerBound
            let top = row * stride - padding
            let seen = max(0, -top)..<max(0, min(kernel.height, x.height - top))
            let first = row * y.width + inside.lowerBound
            var epilogue = epilogue(matrix, 0, residual, accumulating)
            epilogue.residual = epilogue.residual.map { $0 + (index * y.height * y.width + first) * epilogue.ldresidual }
            matrix.multiply(
                rows: inside.count, pieces: seen, of: kernel.height,
                x.pointer(index) + ((top + seen.lowerBound) * x.width + inside.lowerBound * stride - padding) * x.stride,
                stride: stride * x.stride, pieceStride: x.width * x.stride, into: y.pointer(index) + first * y.stride,
                stride: y.stride, epilogue)
            for edge in [0..<inside.lowerBound, inside.upperBound..<y.width] where !edge.isEmpty {
                gather(
                    row * y.width + edge.lowerBound..<row * y.width + edge.upperBound, of: index, [matrix], 0, source, x, y,
                    residual, accumulating)
            }
        }
    }

    private func epilogue(
        _ matrix: Matrix, _ firstOutput: Int, _ residual: FeatureMap?, _ accumulating: Bool
    ) -> ck_epilogue {
        var epilogue = matrix.epilogue(activation, accumulate: accumulating)
        if let residual {
            epilogue.residual = UnsafePointer(residual.pointer + firstOutput)
            epilogue.ldresidual = residual.stride
        }
        return epilogue
    }

    private func window(over x: FeatureMap, width: Int) -> ck_window {
        ck_window(
            height: x.height, width: x.width, ldx: x.stride, kernel_height: kernel.height, kernel_width: kernel.width,
            stride: stride, top: -padding, left: -padding, out_width: width)
    }
}
