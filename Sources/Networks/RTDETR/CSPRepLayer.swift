import Kernels

/// Two ways through, one of them by RepVGG blocks, added up: `RTDetrCSPRepLayer`, `DFineCSPRepLayer`, and `Deimv2CSPRepLayer` up to its last
/// convolution.
struct CSPRepLayer {
    private let first: Convolution
    private let second: Convolution
    private let blocks: [Convolution]
    /// Nil where the two ways are as wide as the output.
    private let last: Convolution?

    /// Where it fuses maps (RT-DETR) its ways are `cspWidth` wide; within an ELAN layer they are as wide as its output.
    init(
        _ name: String, inputs: Int, outputs: Int, _ configuration: RTDETRConfiguration, _ parameters: any Parameters
    ) throws(KernelsError) {
        let hidden = configuration.cspWidth
        func weights(_ part: String, _ inputs: Int, _ outputs: Int) throws(KernelsError) -> ConvolutionWeights {
            try ConvolutionWeights(unit: "\(name).\(part)", inputs: inputs, outputs: outputs, configuration, parameters)
        }
        let ways: [ConvolutionWeights]
        if configuration.family == .deimV2 {
            // One convolution for both ways, the shorter one first.
            let both = try weights("conv1", inputs, 2 * hidden)
            ways = [both.outputs(hidden..<2 * hidden), both.outputs(0..<hidden)]
        } else {
            ways = [try weights("conv1", inputs, hidden), try weights("conv2", inputs, hidden)]
        }
        first = Convolution(ways[0], activation: configuration.activation)
        second = Convolution(ways[1], activation: configuration.activation)
        var blocks: [Convolution] = []
        for index in 0..<configuration.cspBlocks {
            blocks.append(
                Convolution(
                    try ConvolutionWeights(
                        repVGG: "\(name).bottlenecks.\(index)", width: hidden, epsilon: configuration.batchNormEpsilon, parameters
                    ),
                    activation: configuration.activation))
        }
        self.blocks = blocks
        last =
            hidden == outputs
            ? nil : Convolution(try weights("conv3", hidden, outputs), activation: configuration.activation)
    }
}

extension CSPRepLayer: FusionLayer {
    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
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
    }
}

extension Convolution {
    /// A convolution, its batch norm and, maybe, an activation: `RTDetrConvNormLayer`.
    init(
        unit name: String, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
        _ configuration: RTDETRConfiguration, activation: Activation = .none, _ parameters: any Parameters
    ) throws(KernelsError) {
        self.init(
            try ConvolutionWeights(
                unit: name, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, groups: groups, configuration,
                parameters), activation: activation)
    }
}

extension ConvolutionWeights {
    init(
        unit name: String, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
        _ configuration: RTDETRConfiguration, _ parameters: any Parameters
    ) throws(KernelsError) {
        try self.init(
            "\(name).conv", norm: "\(name).norm", inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
            groups: groups, epsilon: configuration.batchNormEpsilon, parameters)
    }

    /// The two branches of a RepVGG block (Ding et al., arXiv 2101.03697) as one: a 1x1 convolution is a 3x3 one that sees its centre only.
    init(repVGG name: String, width: Int, epsilon: Float, _ parameters: any Parameters) throws(KernelsError) {
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

    /// Some of the outputs.
    fileprivate func outputs(_ range: Range<Int>) -> ConvolutionWeights {
        ConvolutionWeights(
            weight: weight.slice(range), bias: bias.slice(range), stride: stride, padding: padding, precision: precision)
    }
}
