import Kernels

/// What makes maps of an image.
protocol Backbone {
    /// `[1, height, width, 3]` -> maps, each half as large as the one before it.
    func callAsFunction(_ image: FeatureMap, _ arena: FeatureArena) -> [FeatureMap]
}

/// The backbone: a ResNet (He et al., arXiv 1512.03385) of the kind vd (arXiv 1812.01187): a stem of three convolutions, and shortcuts that
/// take means before they lose pixels. transformers' `RTDetrResNetBackbone`.
struct ResNetVD {
    private let stem: [Convolution]
    private let stages: [[ResidualLayer]]

    /// Its batch norms are frozen, with an epsilon of their own.
    static let epsilon: Float = 1e-5

    /// `name` is the prefix of its parameters.
    init(_ name: String, _ configuration: RTDETRConfiguration.ResNet, _ parameters: any Parameters) throws(KernelsError) {
        let (width, half) = (configuration.stemWidth, configuration.stemWidth / 2)
        var stem: [Convolution] = []
        for (index, (inputs, outputs)) in [(3, half), (half, half), (half, width)].enumerated() {
            stem.append(
                try Convolution(
                    "\(name).embedder.embedder.\(index)", inputs: inputs, outputs: outputs, kernel: 3,
                    stride: index == 0 ? 2 : 1, activation: .relu, parameters))
        }
        self.stem = stem
        var stages: [[ResidualLayer]] = []
        var inputs = width
        for (stage, outputs) in configuration.widths.enumerated() {
            var layers: [ResidualLayer] = []
            for index in 0..<configuration.depths[stage] {
                let place = ResidualLayer.Place(
                    name: "\(name).encoder.stages.\(stage).layers.\(index)", isFirst: index == 0,
                    stride: index == 0 && stage > 0 ? 2 : 1, inputs: inputs, outputs: outputs)
                layers.append(
                    configuration.hasBottlenecks
                        ? try ResidualLayer(bottleneck: place, parameters) : try ResidualLayer(basic: place, parameters))
                inputs = outputs
            }
            stages.append(layers)
        }
        self.stages = stages
    }
}

extension ResNetVD: Backbone {
    /// `[1, height, width, 3]` -> the maps of the last three stages, at an 8th, a 16th and a 32nd of the size.
    func callAsFunction(_ image: FeatureMap, _ arena: FeatureArena) -> [FeatureMap] {
        var x = arena.map(
            batch: 1, height: image.height / 4, width: image.width / 4, channels: stem[stem.count - 1].outputs)
        arena.scope {
            var way = image
            for convolution in stem {
                let next = arena.map(convolution, of: way)
                convolution(way, into: next)
                way = next
            }
            maxPool(way, kernel: 3, stride: 2, into: x)
        }
        var outputs: [FeatureMap] = []
        for stage in stages {
            for layer in stage { x = layer(x, arena) }
            outputs.append(x)
        }
        return outputs.suffix(3)
    }
}

/// Two 3x3 convolutions (`basic`), or a 3x3 between two that narrow and widen (`bottleneck`), beside a shortcut.
struct ResidualLayer {
    private let convolutions: [Convolution]
    /// Nil where the input is the shortcut.
    private let shortcut: Convolution?
    /// Whether the shortcut takes the means of squares of 2x2 first.
    private let averages: Bool

    /// Where in the network a layer is.
    struct Place {
        let name: String
        /// Whether it is its stage's first.
        let isFirst: Bool
        let stride: Int
        let inputs: Int
        let outputs: Int
    }

    init(convolutions: [Convolution], shortcut: Convolution?) {
        (self.convolutions, self.shortcut, averages) = (convolutions, shortcut, false)
    }

    init(basic place: Place, _ parameters: any Parameters) throws(KernelsError) {
        let (inputs, outputs) = (place.inputs, place.outputs)
        convolutions = [
            try Convolution(
                "\(place.name).layer.0", inputs: inputs, outputs: outputs, kernel: 3, stride: place.stride, activation: .relu,
                parameters),
            try Convolution("\(place.name).layer.1", inputs: outputs, outputs: outputs, kernel: 3, activation: .relu, parameters),
        ]
        averages = inputs != outputs
        shortcut =
            place.isFirst
            ? try Convolution(
                averages ? "\(place.name).shortcut.1" : "\(place.name).shortcut", inputs: inputs, outputs: outputs,
                stride: averages ? 1 : place.stride, parameters) : nil
    }

    init(bottleneck place: Place, _ parameters: any Parameters) throws(KernelsError) {
        let (inputs, outputs, narrow) = (place.inputs, place.outputs, place.outputs / 4)
        convolutions = [
            try Convolution("\(place.name).layer.0", inputs: inputs, outputs: narrow, activation: .relu, parameters),
            try Convolution(
                "\(place.name).layer.1", inputs: narrow, outputs: narrow, kernel: 3, stride: place.stride, activation: .relu,
                parameters),
            try Convolution("\(place.name).layer.2", inputs: narrow, outputs: outputs, activation: .relu, parameters),
        ]
        averages = place.stride == 2
        shortcut =
            averages || inputs != outputs
            ? try Convolution(
                averages ? "\(place.name).shortcut.1" : "\(place.name).shortcut", inputs: inputs, outputs: outputs, parameters)
            : nil
    }

    /// -> memory of its own, or `x` changed where that is the shortcut.
    func callAsFunction(_ x: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        var y = x
        if let shortcut {
            let size = convolutions.reduce((height: x.height, width: x.width)) {
                $1.outputSize(height: $0.height, width: $0.width)
            }
            y = arena.map(batch: x.batch, height: size.height, width: size.width, channels: shortcut.outputs)
            arena.scope {
                guard averages else { return shortcut(x, into: y) }
                let means = arena.map(batch: x.batch, height: size.height, width: size.width, channels: x.channels)
                averagePool(x, size: 2, into: means)
                shortcut(means, into: y)
            }
        }
        arena.scope {
            var way = x
            for convolution in convolutions.dropLast() {
                let next = arena.map(convolution, of: way)
                convolution(way, into: next)
                way = next
            }
            convolutions[convolutions.count - 1](way, into: y, accumulating: true)
        }
        return y
    }
}

extension Convolution {
    /// `RTDetrResNetConvLayer`, or `RTDetrResNetShortCut`.
    fileprivate init(
        _ name: String, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, activation: Activation = .none,
        _ parameters: any Parameters
    ) throws(KernelsError) {
        self.init(
            try ConvolutionWeights(
                "\(name).convolution", norm: "\(name).normalization", inputs: inputs, outputs: outputs, kernel: kernel,
                stride: stride, epsilon: ResNetVD.epsilon, parameters), activation: activation)
    }
}
