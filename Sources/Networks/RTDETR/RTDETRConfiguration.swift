import Basics
import FoundationEssentials
import Kernels

/// The shape of an RT-DETR, a D-FINE or a DEIMv2: `config.json` of a Hugging Face folder, with the defaults of transformers' `RTDetrConfig`,
/// `RTDetrV2Config`, `DFineConfig`, `Deimv2Config`, `RTDetrResNetConfig` and `HGNetV2Config` where a key is absent.
package struct RTDETRConfiguration: Sendable, Equatable {
    /// Whose blocks a network has.
    package enum Family: Sendable {
        case rtDETR
        case dFINE
        case deimV2
    }

    /// How D-FINE and DEIMv2 predict where a box's edges are.
    package struct Edges: Sendable, Equatable {
        /// One less than there are distances in a distribution.
        package var bins = 32
        /// Of each edge, the largest shares that say how good the box is, and the layers that they go through.
        package var topValues = 4
        package var qualityHidden = 64
        package var qualityLayers = 2
    }

    package var family = Family.rtDETR
    package var backbone = Backbone.resNet(ResNet())
    package var encoderWidth = 256
    package var encoderLayers = 1
    package var encoderHeads = 8
    /// Width of the hidden layer of the encoder's perceptrons.
    package var encoderHidden = 1024
    package var encoderActivation = Activation.gelu
    /// Base of the frequencies of the encoder's positions.
    package var positionTemperature = 10_000.0
    /// Whether the encoder's tokens know where they are.
    package var hasPositions = true
    /// Whether the encoder is DEIMv2's small one.
    package var isLite = false
    /// What follows the convolutions of the encoder.
    package var activation = Activation.silu
    /// Channels within the layers that fuse maps, and RepVGG blocks one after the other.
    package var cspWidth = 256
    package var cspBlocks = 3
    /// Width of the decoder.
    package var width = 256
    package var queries = 300
    package var decoderLayers = 6
    package var decoderHeads = 8
    package var decoderHidden = 1024
    package var decoderActivation = Activation.relu
    /// Places that a head samples of each map.
    package var points = [4, 4, 4]
    package var method = DeformableSampling.Method.bilinear
    /// How far from its centre a box's places are, in its sizes.
    package var offsetScale: Float = 0.5
    /// Whether a gate weighs what a query knew against what it saw; or else both are added up.
    package var hasGate = true
    /// Whether all layers of the decoder predict edges with one head.
    package var sharesEdgeHead = false
    package var edges = Edges()
    package var layerNormEpsilon: Float = 1e-5
    package var batchNormEpsilon: Float = 1e-5
    /// One name a class.
    package var labels: [String] = []

    package init() {}

    /// The shape of `PekingU/rtdetr_r18vd`.
    package static var r18: RTDETRConfiguration {
        var configuration = RTDETRConfiguration()
        configuration.backbone = .resNet(ResNet(widths: [64, 128, 256, 512], depths: [2, 2, 2, 2], hasBottlenecks: false))
        configuration.cspWidth = 128
        configuration.decoderLayers = 3
        configuration.labels = cocoClasses
        return configuration
    }

    /// The shape of `ustc-community/dfine-nano-coco`.
    package static var dFINENano: RTDETRConfiguration {
        var configuration = RTDETRConfiguration()
        configuration.family = .dFINE
        typealias Stage = HGNet.Stage
        configuration.backbone = .hgNet(
            HGNet(
                stemWidth: 16,
                stages: [
                    Stage(inputs: 16, width: 16, outputs: 64, blocks: 1, layers: 3, isLight: false, kernel: 3),
                    Stage(inputs: 64, width: 32, outputs: 256, blocks: 1, layers: 3, isLight: false, kernel: 3),
                    Stage(inputs: 256, width: 64, outputs: 512, blocks: 2, layers: 3, isLight: true, kernel: 5),
                    Stage(inputs: 512, width: 128, outputs: 1024, blocks: 1, layers: 3, isLight: true, kernel: 5),
                ], outputs: 2, hasAffine: true))
        (configuration.encoderWidth, configuration.encoderHidden) = (128, 512)
        (configuration.cspWidth, configuration.cspBlocks) = (21, 2)
        (configuration.width, configuration.decoderLayers, configuration.decoderHidden) = (128, 3, 512)
        configuration.points = [6, 6]
        configuration.labels = cocoClasses
        return configuration
    }

    /// Throws where the file is missing, is not the configuration of an RT-DETR, a D-FINE or a DEIMv2, or asks for more than the limits.
    package init(contentsOf file: URL) throws(NetworkError) {
        try self.init(try decodeJSON(File.self, from: file, isSnakeCase: true), named: file.path)
    }

    init(json: Data, named name: String) throws(NetworkError) {
        try self.init(try decodeJSON(File.self, json, named: name, isSnakeCase: true), named: name)
    }
}

extension RTDETRConfiguration {
    private init(_ file: File, named name: String) throws(NetworkError) {
        func require(_ holds: Bool, _ complaint: @autoclosure () -> String) throws(NetworkError) {
            if !holds { throw NetworkError("\(name): \(complaint())") }
        }
        guard let family = Self.families[file.modelType] else {
            throw NetworkError(
                "\(name): model_type is \(file.modelType), not one of \(Self.families.keys.sorted().joined(separator: ", "))")
        }
        self.family = family
        let kind = family == .rtDETR ? "rt_detr_resnet" : "hgnet_v2"
        if family != .rtDETR { backbone = .hgNet(HGNet()) }
        if let given = file.backboneConfig {
            try require(
                given.modelType == nil || given.modelType == kind,
                "a backbone of the kind \(given.modelType ?? "") is not supported, only \(kind)")
            for (key, isDefault) in given.fixed(in: family) {
                try require(isDefault, "backbone_config.\(key) other than that of the published networks is not supported")
            }
            if family == .rtDETR {
                try require(
                    ["basic", "bottleneck"].contains(given.layerType ?? "bottleneck"),
                    "layer_type is neither basic nor bottleneck")
                backbone = .resNet(ResNet(given))
            } else {
                do { backbone = .hgNet(try HGNet(given)) } catch { throw NetworkError("\(name): \(error)") }
            }
        }
        do { try take(file) } catch { throw NetworkError("\(name): \(error)") }
        for (key, isDefault) in file.fixed(in: family, levels: levels) {
            try require(isDefault, "\(key) other than that of the published networks is not supported")
        }
        if let complaint = beyondLimits { throw NetworkError("\(name): \(complaint)") }
        try require(
            file.encoderInChannels.map { $0 == backbone.outputWidths } ?? true,
            "encoder_in_channels are not the widths of the backbone's last stages")
        try require(
            file.decoderInChannels.map { $0 == points.map { _ in encoderWidth } } ?? true,
            "decoder_in_channels are not encoder_hidden_dim for each level")
    }

    private static let families: [String: Family] = [
        "rt_detr": .rtDETR, "rt_detr_v2": .rtDETR, "d_fine": .dFINE, "deimv2": .deimV2,
    ]

    /// How many maps the decoder looks at.
    var levels: Int { isLite ? 2 : backbone.outputWidths.count }

    /// Takes the values as they are.
    private mutating func take(_ file: File) throws(NetworkError) {
        isLite = family == .deimV2 && file.encoderType == "lite"
        hasPositions = family != .deimV2 || file.evalSize == nil
        encoderWidth = file.encoderHiddenDim ?? encoderWidth
        encoderLayers = isLite ? 0 : file.encoderLayers ?? encoderLayers
        encoderHeads = file.encoderAttentionHeads ?? encoderHeads
        encoderHidden = file.encoderFfnDim ?? encoderHidden
        encoderActivation = try Self.activation(file.encoderActivationFunction, encoderActivation)
        positionTemperature = file.positionalEncodingTemperature ?? positionTemperature
        activation = try Self.activation(file.activationFunction, activation)
        let expanded = Double(encoderWidth) * (file.hiddenExpansion ?? 1)
        cspWidth = Int(saturating: family == .rtDETR ? expanded : (expanded / 2).rounded(.down))
        if family != .rtDETR {
            // As Python rounds.
            cspBlocks = Int(saturating: (3 * (file.depthMult ?? 1)).rounded(.toNearestOrEven))
            edges.bins = file.maxNumBins ?? edges.bins
            edges.topValues = file.topProbValues ?? edges.topValues
            edges.qualityHidden = file.lqeHiddenDim ?? edges.qualityHidden
            edges.qualityLayers = file.lqeLayers ?? edges.qualityLayers
        }
        if family == .deimV2 {
            hasGate = file.useGateway ?? hasGate
            sharesEdgeHead = file.shareBboxHead ?? sharesEdgeHead
        }
        width = file.dModel ?? width
        queries = file.numQueries ?? queries
        decoderLayers = file.decoderLayers ?? decoderLayers
        decoderHeads = file.decoderAttentionHeads ?? decoderHeads
        decoderHidden = file.decoderFfnDim ?? decoderHidden
        decoderActivation = try Self.activation(file.decoderActivationFunction, decoderActivation)
        points =
            switch file.decoderNPoints ?? .all(4) {
            case .each(let points): points
            case .all(let number): [Int](repeating: number, count: levels)
            }
        if file.modelType != "rt_detr" {
            offsetScale = file.decoderOffsetScale ?? offsetScale
            switch file.decoderMethod ?? "default" {
            case "default": method = .bilinear
            case "discrete": method = .nearest
            case let other: throw NetworkError("decoder_method \(other) is not supported, only default and discrete")
            }
        }
        layerNormEpsilon = file.layerNormEps ?? layerNormEpsilon
        batchNormEpsilon = file.batchNormEps ?? batchNormEpsilon
        let named = file.id2label ?? [:]
        labels = (0..<named.count).compactMap { named[String($0)] }
        guard labels.count == named.count else { throw NetworkError("id2label does not count from 0") }
    }

    private static func activation(_ name: String?, _ absent: Activation) throws(NetworkError) -> Activation {
        switch name {
        case nil: absent
        case "relu": .relu
        case "gelu": .gelu
        case "silu", "swish": .silu
        case let other?: throw NetworkError("the activation \(other) is not supported, only relu, gelu and silu")
        }
    }
}
