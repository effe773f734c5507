import Kernels

/// Two ways through, one of them by RepVGG blocks, added up: `RTDetrCSPRepLayer`.
struct CSPRepLayer {
    private let first: Convolution
    private let second: Convolution
    private let blocks: [Convolution]
    /// Nil where the two ways are as wide as the output.
    private let last: Convolution?
    private let outputs: Int

    private static let blocks = 3

    /// From two maps beside each other to one as wide as each of them.
    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: some Parameters) throws(KernelsError) {
        let (width, hidden) = (configuration.encoderWidth, configuration.cspWidth)
        outputs = width
        func convolution(_ part: String, _ inputs: Int, _ outputs: Int) throws(KernelsError) -> Convolution {
            try Convolution(
                unit: "\(name).\(part)", inputs: inputs, outputs: outputs, configuration, activation: configuration.activation,
                parameters)
        }
        first = try convolution("conv1", 2 * width, hidden)
        second = try convolution("conv2", 2 * width, hidden)
        var blocks: [Convolution] = []
        for index in 0..<Self.blocks {
            blocks.append(
                Convolution(
                    try ConvolutionWeights(
                        repVGG: "\(name).bottlenecks.\(index)", width: hidden, epsilon: configuration.batchNormEpsilon, parameters
                    ),
                    activation: configuration.activation))
        }
        self.blocks = blocks
        last = hidden == width ? nil : try convolution("conv3", hidden, width)
    }

    /// -> memory of its own.
    func callAsFunction(_ x: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        let y = arena.map(batch: x.batch, height: x.height, width: x.width, channels: outputs)
        arena.scope {
            var way = arena.map(first, of: x)
            first(x, into: way)
            for block in blocks {
                let next = arena.map(block, of: way)
                block(way, into: next)
                way = next
            }
            guard let last else { return second(x, into: y, adding: way) }
            let sum = arena.map(second, of: x)
            second(x, into: sum, adding: way)
            last(sum, into: y)
        }
        return y
    }
}

extension Convolution {
    /// A convolution, its batch norm and, maybe, an activation: `RTDetrConvNormLayer`.
    init(
        unit name: String, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, _ configuration: RTDETRConfiguration,
        activation: Activation = .none, _ parameters: some Parameters
    ) throws(KernelsError) {
        self.init(
            try ConvolutionWeights(
                "\(name).conv", norm: "\(name).norm", inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
                epsilon: configuration.batchNormEpsilon, parameters), activation: activation)
    }
}

extension ConvolutionWeights {
    /// The two branches of a RepVGG block (Ding et al., arXiv 2101.03697) as one: a 1x1 convolution is a 3x3 one that sees its centre only.
    init(repVGG name: String, width: Int, epsilon: Float, _ parameters: some Parameters) throws(KernelsError) {
        func branch(_ part: String, _ kernel: Int) throws(KernelsError) -> ConvolutionWeights {
            try ConvolutionWeights(
                "\(name).\(part).conv", norm: "\(name).\(part).norm", inputs: width, outputs: width, kernel: kernel,
                epsilon: epsilon, parameters)
        }
        let (threes, ones) = (try branch("conv1", 3), try branch("conv2", 1))
        for index in 0..<width * width { threes.weight.pointer[index * 9 + 4] += ones.weight.pointer[index] }
        threes.bias.fill(sumOf: threes.bias, ones.bias)
        self = threes
    }
}
