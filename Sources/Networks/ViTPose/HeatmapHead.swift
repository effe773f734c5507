import Kernels

/// What turns the transformer's last tokens into heatmaps.
protocol HeatmapHead {
    /// Shapes of the memory it needs for a batch.
    func workspaces(batch: Int, height: Int, width: Int) -> [[Int]]
    /// `heatmaps` is `[batch, keypoints, height, width]`. May change `tokens`.
    func callAsFunction(_ tokens: Tensor, _ memory: ViTPoseMemory, into heatmaps: Tensor)
}

/// Two deconvolutions that double the size, then one pixel at a time: transformers' `VitPoseClassicDecoder`.
struct ClassicHead: HeatmapHead {
    private let first: Deconvolution
    private let second: Deconvolution
    private let last: Convolution
    private static let width = 256

    init(_ configuration: ViTPoseConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        func deconvolution(_ index: Int, inputs: Int) throws(KernelsError) -> Deconvolution {
            let (weight, bias) = try BatchNorm("head.batchnorm\(index)", channels: Self.width, epsilon: 1e-5, parameters)
                .folded(
                    intoTransposed: try parameters.tensor("head.deconv\(index).weight", shape: [inputs, Self.width, 4, 4]))
            return Deconvolution(
                weight: weight, bias: bias, stride: 2, padding: 1, activation: .relu,
                precision: parameters.precision)
        }
        first = try deconvolution(1, inputs: configuration.width)
        second = try deconvolution(2, inputs: Self.width)
        let keypoints = configuration.keypoints
        last = Convolution(
            ConvolutionWeights(
                weight: try parameters.tensor("head.conv.weight", shape: [keypoints, Self.width, 1, 1]),
                bias: try parameters.tensor("head.conv.bias", shape: [keypoints]), precision: parameters.precision.betweenLayers))
    }

    func workspaces(batch: Int, height: Int, width: Int) -> [[Int]] {
        [
            [batch, 2 * height, 2 * width, Self.width], [batch, 4 * height, 4 * width, Self.width],
            [batch, 4 * height, 4 * width, last.outputs],
        ]
    }

    func callAsFunction(_ tokens: Tensor, _ memory: ViTPoseMemory, into heatmaps: Tensor) {
        let maps = memory.head.map { FeatureMap($0) }
        first(memory.grid(tokens), into: maps[0])
        second(maps[0], into: maps[1])
        last(maps[1], into: maps[2])
        maps[2].copy(toPlanes: heatmaps)
    }
}

/// Four times larger, then one 3x3 convolution: transformers' `VitPoseSimpleDecoder`.
struct SimpleHead: HeatmapHead {
    private let convolution: UpsampledConvolution

    init(_ configuration: ViTPoseConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let (keypoints, width) = (configuration.keypoints, configuration.width)
        convolution = UpsampledConvolution(
            weight: try parameters.tensor("head.conv.weight", shape: [keypoints, width, 3, 3]),
            bias: try parameters.tensor("head.conv.bias", shape: [keypoints]), scale: configuration.scale,
            precision: parameters.precision)
    }

    func workspaces(batch: Int, height: Int, width: Int) -> [[Int]] {
        [convolution.workspace(batch: batch, height: height, width: width)]
    }

    func callAsFunction(_ tokens: Tensor, _ memory: ViTPoseMemory, into heatmaps: Tensor) {
        Activation.relu(tokens)
        convolution(memory.grid(tokens), workspace: memory.head[0], into: heatmaps)
    }
}
