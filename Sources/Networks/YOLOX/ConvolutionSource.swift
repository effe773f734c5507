import Kernels

/// Hands a network its convolutions one after the other, as it is put together in the order in which it runs.
protocol ConvolutionSource {
    mutating func next(_ shape: ConvolutionShape) throws(NetworkError) -> ConvolutionWeights
}

/// What a convolution must be like, and what it is called in the official implementation.
struct ConvolutionShape {
    let name: String
    let inputs: Int
    let outputs: Int
    var kernel = 1
    var stride = 1
    var isDepthwise = false

    var weight: [Int] { [outputs, isDepthwise ? 1 : inputs, kernel, kernel] }
    var groups: Int { isDepthwise ? inputs : 1 }
}

/// Convolutions from a list in graph order.
struct ConvolutionList: ConvolutionSource {
    private let convolutions: [ConvolutionWeights]
    private let precision: Precision
    private var index = 0

    init(_ convolutions: [ConvolutionWeights], precision: Precision) {
        self.convolutions = convolutions
        self.precision = precision
    }

    mutating func next(_ shape: ConvolutionShape) throws(NetworkError) -> ConvolutionWeights {
        guard index < convolutions.count else { throw NetworkError("there is no convolution for \(shape.name)") }
        var weights = convolutions[index]
        weights.precision = precision
        guard
            weights.weight.shape == shape.weight, weights.groups == shape.groups, weights.stride == shape.stride,
            weights.padding == shape.kernel / 2
        else {
            throw NetworkError(
                "convolution \(index) should be \(shape.name) with weights \(shape.weight), stride \(shape.stride) and "
                    + "\(shape.groups) groups, not \(weights.weight.shape), \(weights.stride) and \(weights.groups)")
        }
        index += 1
        return weights
    }

    func verifyAllUsed() throws(NetworkError) {
        guard index == convolutions.count else {
            throw NetworkError("\(convolutions.count - index) convolutions are left over from a YOLOX of \(index)")
        }
    }
}

/// Convolutions that have learnt nothing.
struct RandomConvolutions: ConvolutionSource {
    let precision: Precision

    func next(_ shape: ConvolutionShape) -> ConvolutionWeights {
        ConvolutionWeights(
            weight: RandomParameters().tensor(shape.name, shape: shape.weight), bias: Tensor([shape.outputs]),
            stride: shape.stride, padding: shape.kernel / 2, groups: shape.groups, precision: precision)
    }
}
