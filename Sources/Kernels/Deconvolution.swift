internal import CKernels

/// A transposed convolution with bias and activation, on feature maps with channels last.
///
/// The outputs fall into `stride` × `stride` phases, by their row and column modulo the stride; each phase is an ordinary
/// convolution of the input with some of the kernel's taps, so no product is with an inserted zero.
package struct Deconvolution {
    package let inputs: Int
    package let outputs: Int
    private let kernel: Int
    private let stride: Int
    private let padding: Int
    private let activation: Activation
    private let phases: [Phase]

    private struct Phase {
        let row: Int
        let column: Int
        let top: Int
        let left: Int
        let windowHeight: Int
        let windowWidth: Int
        /// `[windowHeight * windowWidth * inputs, outputs]`
        let matrix: Matrix

        /// Columns of this phase in the output.
        func width(_ stride: Int, _ y: FeatureMap) -> Int { (y.width - column + stride - 1) / stride }

        func places(_ stride: Int, _ y: FeatureMap) -> Int { (y.height - row + stride - 1) / stride * width(stride, y) }
    }

    /// `weight` is `[inputs, outputs, kernel, kernel]`, as PyTorch keeps it, `bias` `[outputs]`.
    package init(
        weight: Tensor, bias: Tensor, stride: Int, padding: Int, activation: Activation = .none, precision: Precision = .fp32
    ) {
        precondition(weight.shape.count == 4 && weight.shape[2] == weight.shape[3] && stride > 0, "weight \(weight.shape)")
        let (inputs, outputs, kernel) = (weight.shape[0], weight.shape[1], weight.shape[2])
        precondition(kernel >= stride, "a kernel smaller than its stride leaves gaps")
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.activation = activation
        // Output stride * y + phase sees input y - j through tap phase + padding + stride * j, for every j that is a tap.
        let steps = (0..<stride).map { phase in
            (-((phase + padding) / stride)...(kernel - 1 - phase - padding + stride * kernel) / stride - kernel)
        }
        phases = (0..<stride * stride).map { index in
            let (row, column) = (index / stride, index % stride)
            let (down, across) = (steps[row], steps[column])
            let depth = down.count * across.count * inputs
            let rows = Tensor([outputs, depth])
            for (y, j) in down.reversed().enumerated() {
                for (x, i) in across.reversed().enumerated() {
                    let tap = (row + padding + stride * j) * kernel + column + padding + stride * i
                    for output in 0..<outputs {
                        let to = rows.pointer + output * depth + (y * across.count + x) * inputs
                        for input in 0..<inputs {
                            to[input] = weight.pointer[(input * outputs + output) * kernel * kernel + tap]
                        }
                    }
                }
            }
            return Phase(
                row: row, column: column, top: -down.upperBound, left: -across.upperBound, windowHeight: down.count,
                windowWidth: across.count,
                matrix: Matrix(
                    weight: rows.pointer, columns: outputs, depth: depth, bias: bias,
                    precision: precision))
        }
    }

    /// Height and width of what becomes of a map of this size.
    package func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
        ((height - 1) * stride - 2 * padding + kernel, (width - 1) * stride - 2 * padding + kernel)
    }

    package func callAsFunction(_ x: FeatureMap, into y: FeatureMap) {
        let size = outputSize(height: x.height, width: x.width)
        precondition(
            x.channels == inputs && y.channels == outputs && y.batch == x.batch && (y.height, y.width) == size,
            "a transposed convolution of \(inputs) to \(outputs) channels does not take the maps it was given")
        let source = WindowSource(x, for: phases[0].matrix.precision, channels: inputs)
        let most = phases.map { $0.places(stride, y) }.max() ?? 0
        let rows = rowsAtOnce(of: x.batch * most * phases.count)
        let parts = (most + rows - 1) / rows
        parallel(x.batch * parts * phases.count) { index in
            let phase = phases[index % phases.count]
            let start = index / phases.count % parts * rows
            let end = min(start + rows, phase.places(stride, y))
            if start < end { multiply(phase, start..<end, source, x, y, index / phases.count / parts) }
        }
    }

    /// Some places of one phase of one map.
    private func multiply(
        _ phase: Phase, _ places: Range<Int>, _ source: WindowSource, _ x: FeatureMap, _ y: FeatureMap, _ index: Int
    ) {
        let stride = source.stride(depth: phase.matrix.depth)
        let width = phase.width(self.stride, y)
        let window = ck_window(
            height: x.height, width: x.width, ldx: x.stride, kernel_height: phase.windowHeight, kernel_width: phase.windowWidth,
            stride: 1, top: phase.top, left: phase.left, out_width: width)
        let columns = ck_scratch(CK_OPERATION, places.count * (stride + outputs))
        let sums = columns + places.count * stride
        source.gather(channels: inputs, of: index, under: window, places, into: columns)
        phase.matrix.multiply(
            rows: places.count, columns: 0..<outputs, columns, areWords: source.rowsAreWords, stride: stride, into: sums,
            stride: outputs,
            phase.matrix.epilogue(activation))
        for place in places {
            let (row, column) = (place / width * self.stride + phase.row, place % width * self.stride + phase.column)
            let to = y.pointer(index) + (row * y.width + column) * y.stride
            to.update(from: sums + (place - places.lowerBound) * outputs, count: outputs)
        }
    }
}
