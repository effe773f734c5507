internal import CKernels

/// A 3x3 convolution, padded by 1, of a map that is enlarged bilinearly first (corners not aligned).
///
/// Both are linear, so their order may change: the taps are multiplied out at the small size, and what each of them made is
/// enlarged, shifted and added up. That is `scale`² times less multiplying than convolving the enlarged map.
package struct UpsampledConvolution {
    package let scale: Int
    private let taps: Matrix
    private let bias: Tensor
    private var channels: Int { bias.count }

    /// `weight` is `[outputs, inputs, 3, 3]`, `bias` `[outputs]`.
    package init(weight: Tensor, bias: Tensor, scale: Int, precision: Precision = .fp32) {
        precondition(weight.shape.count == 4 && weight.shape[2...] == [3, 3] && bias.shape == [weight.shape[0]] && scale > 0)
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let rows = Tensor([9 * outputs, inputs])
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<9 {
                    rows.pointer[(tap * outputs + output) * inputs + input] = weight.pointer[(output * inputs + input) * 9 + tap]
                }
            }
        }
        taps = Matrix(weight: rows.pointer, columns: 9 * outputs, depth: inputs, bias: nil, precision: precision)
        self.bias = bias
        self.scale = scale
    }

    /// Shape of the memory that a call needs for maps of this size.
    package func workspace(batch: Int, height: Int, width: Int) -> [Int] { [batch * height * width, taps.columns] }

    /// -> `planes` `[batch, outputs, height * scale, width * scale]`, by way of `workspace`.
    package func callAsFunction(_ x: FeatureMap, workspace: Tensor, into planes: Tensor) {
        precondition(
            x.channels == taps.depth && workspace.shape == self.workspace(batch: x.batch, height: x.height, width: x.width)
                && planes.shape == [x.batch, channels, x.height * scale, x.width * scale],
            "an enlarged convolution of \(taps.depth) to \(channels) channels does not fill \(planes.shape)")
        taps.multiply(
            rows: x.places, x.pointer, stride: x.stride, into: workspace.pointer, stride: taps.columns, taps.epilogue(.none))
        parallel(maps: x.batch, x.height * scale, by: scale) { index, rows in
            kernels.enlarged_taps(
                x.height, x.width, channels, scale, rows.lowerBound, rows.upperBound,
                workspace.pointer + index * x.height * x.width * taps.columns, bias.pointer,
                planes.pointer + index * channels * x.height * x.width * scale * scale,
                ck_scratch(CK_OPERATION, (3 * x.width + 1) * channels))
        }
    }
}
