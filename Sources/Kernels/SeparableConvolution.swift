internal import CKernels

/// A convolution with a filter of its own for each channel, and one of single pixels behind it (arXiv 1704.04861). Some rows at a time go
/// through both, so that what lies between stays in a core's cache.
package struct SeparableConvolution {
    private let depthwise: Convolution
    private let pointwise: Convolution

    package init(depthwise: Convolution, pointwise: Convolution) {
        precondition(
            depthwise.isDepthwise && pointwise.isPointwise && depthwise.outputs == pointwise.inputs,
            "a separable convolution is a depthwise one and a pointwise one over its channels")
        self.depthwise = depthwise
        self.pointwise = pointwise
    }

    package var outputs: Int { pointwise.outputs }
    package var stride: Int { depthwise.stride }

    /// `residual`, if any, is added after the last activation; it must not be `y`.
    package func callAsFunction(_ x: FeatureMap, into y: FeatureMap, adding residual: FeatureMap? = nil) {
        precondition(
            x.channels == depthwise.inputs && y.channels == outputs && y.batch == x.batch
                && (y.height, y.width) == depthwise.outputSize(height: x.height, width: x.width)
                && (residual.map { $0.channels == outputs && $0.hasSize(of: y) } ?? true),
            "a separable convolution does not take the maps it was given")
        parallel(maps: y.batch, y.height, by: rowsAtOnce(of: y)) { index, rows in
            let places = rows.count * y.width
            let between = ck_scratch(CK_HIDDEN, places * depthwise.outputs)
            depthwise.filter(x, index, rows, width: y.width, into: between, stride: depthwise.outputs)
            pointwise.multiply(
                between, stride: depthwise.outputs, into: y, from: (index * y.height + rows.lowerBound) * y.width, count: places,
                residual)
        }
    }

    /// As many rows as make some hundred places, and as many parts for each thread.
    private func rowsAtOnce(of y: FeatureMap) -> Int {
        let threads = ThreadBudget.threads
        let parts = (y.batch * y.height * y.width / 256 + threads) / threads * threads
        return max(1, (y.batch * y.height + parts - 1) / parts)
    }
}
