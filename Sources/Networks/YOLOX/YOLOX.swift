public import Kernels

/// YOLOX (Ge et al., arXiv 2107.08430): nano, tiny, s and the larger ones, whichever the convolutions are of.
public final class YOLOX {
    /// How many classes it tells apart.
    public let classes: Int

    /// The convolutions in the order in which the official network runs them, which is the order of the Conv nodes in the
    /// official ONNX files: batch norm folded, stride, padding and groups as there.
    public init(convolutions: [ConvolutionWeights]) throws(NetworkError) {
        classes = 80
    }

    /// Images `[batch, 3, height, width]`, BGR 0 to 255, sides multiples of 32 -> `[batch, cells, 5 + classes]`: dx, dy,
    /// log w, log h in units of the cell's stride, undecoded, then objectness and classes after the sigmoid. Cells come in
    /// the order of strides 8, 16, 32, rows then columns.
    ///
    /// The result is the network's own storage, valid until the next call.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        preconditionFailure("the arithmetic lands next")
    }
}
