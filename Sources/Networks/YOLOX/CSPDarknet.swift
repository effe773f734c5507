import Kernels

/// The backbone: five stages, each at half the size of the one before.
final class CSPDarknet {
    private let stem: Convolution
    private let stages: [(reduce: ConvolutionUnit, layer: CSPLayer)]
    private let pooling: SPPBottleneck
    private let width: Int

    init(_ configuration: YOLOXConfiguration, _ source: inout some ConvolutionSource) throws(NetworkError) {
        let (width, depth, depthwise) = (configuration.width, configuration.depth, configuration.isDepthwise)
        self.width = width
        let name = "backbone.backbone"
        let shape = ConvolutionShape(name: "\(name).stem.conv", inputs: 12, outputs: width, kernel: 3)
        stem = Convolution(Self.overPixels(try source.next(shape)), activation: .silu)
        var stages: [(ConvolutionUnit, CSPLayer)] = []
        var pooling: SPPBottleneck?
        for (index, repeats) in [1, 3, 3, 1].enumerated() {
            let (inputs, outputs, stage) = (width << index, width << (index + 1), "\(name).dark\(index + 2)")
            let isLast = index == 3
            let reduce = try ConvolutionUnit(
                threes: "\(stage).0", inputs, outputs, stride: 2, depthwise: depthwise, &source)
            if isLast { pooling = try SPPBottleneck("\(stage).1", outputs, &source) }
            let layer = try CSPLayer(
                "\(stage).\(isLast ? 2 : 1)", outputs, outputs, depth: repeats * depth, shortcut: !isLast, depthwise: depthwise,
                &source)
            stages.append((reduce, layer))
        }
        self.stages = stages
        self.pooling = pooling!
    }

    /// Writes what the neck needs to its maps: the outputs of the last three stages.
    func callAsFunction(_ image: FeatureMap, _ joints: YOLOXNeck.Joints, _ arena: FeatureArena) {
        arena.scope {
            var x = arena.map(stem, of: image)
            stem(image, into: x)
            let outputs = [nil, joints.third, joints.fourth, joints.fifth]
            for (index, stage) in stages.enumerated() {
                let reduced = stage.reduce(x, arena)
                let y =
                    outputs[index]
                    ?? arena.map(batch: x.batch, height: reduced.height, width: reduced.width, channels: width << (index + 1))
                if index == 3 {
                    let pooled = arena.map(
                        batch: x.batch, height: reduced.height, width: reduced.width, channels: width << (index + 1))
                    pooling(reduced, into: pooled, arena)
                    stage.layer(pooled, into: y, arena)
                } else {
                    stage.layer(reduced, into: y, arena)
                }
                x = y
            }
        }
    }

    /// The official stem (`Focus`) lays the four pixels of each 2x2 block beside each other as 12 channels (left column
    /// first, then top row first) and convolves those 3x3. That is a 6x6 convolution of the pixels with stride 2.
    private static func overPixels(_ focus: ConvolutionWeights) -> ConvolutionWeights {
        let weight = Tensor([focus.outputs, 3, 6, 6])
        for output in 0..<focus.outputs {
            for channel in 0..<12 {
                let (across, down, colour) = (channel / 6, channel / 3 % 2, channel % 3)
                for tap in 0..<9 {
                    let (row, column) = (2 * (tap / 3) + down, 2 * (tap % 3) + across)
                    weight.pointer[((output * 3 + colour) * 6 + row) * 6 + column] =
                        focus.weight.pointer[(output * 12 + channel) * 9 + tap]
                }
            }
        }
        return ConvolutionWeights(weight: weight, bias: focus.bias, stride: 2, padding: 2, precision: focus.precision)
    }
}
