extension RTDETRConfiguration {
    package enum Backbone: Sendable, Equatable {
        case resNet(ResNet)
        case hgNet(HGNet)

        /// Channels of the maps that the encoder takes.
        var outputWidths: [Int] {
            switch self {
            case .resNet(let shape): shape.widths.suffix(3)
            case .hgNet(let shape): shape.stages.suffix(shape.outputs).map(\.outputs)
            }
        }
    }

    /// The shape of a ResNet.
    package struct ResNet: Sendable, Equatable {
        package var stemWidth = 64
        /// Channels and layers of the four stages.
        package var widths = [256, 512, 1024, 2048]
        package var depths = [3, 4, 6, 3]
        package var hasBottlenecks = true
    }

    /// The shape of an HGNetV2; the default is B4's, D-FINE-L's.
    package struct HGNet: Sendable, Equatable {
        package struct Stage: Sendable, Equatable {
            package var inputs: Int
            /// Channels that each layer makes.
            package var width: Int
            package var outputs: Int
            package var blocks: Int
            /// Layers of a block.
            package var layers: Int
            /// Whether layers are a 1x1 convolution and a depthwise one.
            package var isLight: Bool
            package var kernel: Int
        }

        package var stemWidth = 32
        package var stages = [
            Stage(inputs: 48, width: 48, outputs: 128, blocks: 1, layers: 6, isLight: false, kernel: 3),
            Stage(inputs: 128, width: 96, outputs: 512, blocks: 1, layers: 6, isLight: false, kernel: 3),
            Stage(inputs: 512, width: 192, outputs: 1024, blocks: 3, layers: 6, isLight: true, kernel: 5),
            Stage(inputs: 1024, width: 384, outputs: 2048, blocks: 1, layers: 6, isLight: true, kernel: 5),
        ]
        /// Stages whose maps the encoder takes: the last ones.
        package var outputs = 3
        /// Whether learnable affine blocks follow the activations.
        package var hasAffine = false
    }
}

extension RTDETRConfiguration.ResNet {
    init(_ file: RTDETRConfiguration.File.Backbone) {
        stemWidth = file.embeddingSize ?? stemWidth
        widths = file.hiddenSizes ?? widths
        depths = file.depths ?? depths
        hasBottlenecks = file.layerType != "basic"
    }
}

extension RTDETRConfiguration.HGNet {
    /// Throws where the stages' lists are not of one length, or stages do not follow each other.
    init(_ file: RTDETRConfiguration.File.Backbone) throws(NetworkError) {
        let stem = file.stemChannels ?? [3, stemWidth, stages[0].inputs]
        guard stem.count == 3, stem[0] == 3 else { throw NetworkError("stem_channels are not 3 and two widths") }
        let inputs = file.stageInChannels ?? stages.map(\.inputs)
        let widths = file.stageMidChannels ?? stages.map(\.width)
        let outputs = file.stageOutChannels ?? stages.map(\.outputs)
        let blocks = file.stageNumBlocks ?? stages.map(\.blocks)
        let layers = file.stageNumbOfLayers ?? stages.map(\.layers)
        let light = file.stageLightBlock ?? stages.map(\.isLight)
        let kernels = file.stageKernelSize ?? stages.map(\.kernel)
        let downsampling = file.stageDownsample ?? [false, true, true, true]
        let counts = [inputs, widths, outputs, blocks, layers, kernels].map(\.count) + [light.count, downsampling.count]
        guard (3...4).contains(inputs.count), counts.allSatisfy({ $0 == inputs.count }) else {
            throw NetworkError("a backbone has stage_in_channels and other lists of three or four stages")
        }
        guard downsampling == inputs.indices.map({ $0 > 0 }) else {
            throw NetworkError("stage_downsample other than that of the published networks is not supported")
        }
        guard inputs[0] == stem[2], Array(inputs.dropFirst()) == Array(outputs.dropLast()) else {
            throw NetworkError("stage_in_channels are not what stem_channels and stage_out_channels end with")
        }
        stemWidth = stem[1]
        stages = inputs.indices.map {
            Stage(
                inputs: inputs[$0], width: widths[$0], outputs: outputs[$0], blocks: blocks[$0], layers: layers[$0],
                isLight: light[$0], kernel: kernels[$0])
        }
        hasAffine = file.useLearnableAffineBlock ?? false
        let chosen =
            file.outIndices
            ?? file.outFeatures.map { names in
                names.map { name in stages.indices.first { name == "stage\($0 + 1)" }.map { $0 + 1 } ?? 0 }
            }
        guard let chosen, !chosen.isEmpty, chosen.count < stages.count, chosen == (1...stages.count).suffix(chosen.count) else {
            throw NetworkError("backbone_config.out_indices are not the last stages")
        }
        self.outputs = chosen.count
    }
}
