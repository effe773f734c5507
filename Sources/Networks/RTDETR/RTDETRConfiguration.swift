import Basics
import FoundationEssentials
import Kernels

/// The shape of an RT-DETR: `config.json` of a Hugging Face folder, with the defaults of transformers' `RTDetrConfig`, `RTDetrV2Config` and
/// `RTDetrResNetConfig` where a key is absent.
package struct RTDETRConfiguration: Sendable, Equatable {
    /// The shape of the ResNet.
    package struct Backbone: Sendable, Equatable {
        package var stemWidth = 64
        /// Channels and layers of the four stages.
        package var widths = [256, 512, 1024, 2048]
        package var depths = [3, 4, 6, 3]
        package var hasBottlenecks = true

        /// Channels of the maps that the encoder takes.
        var outputWidths: [Int] { widths.suffix(3) }
    }

    package var backbone = Backbone()
    package var encoderWidth = 256
    package var encoderLayers = 1
    package var encoderHeads = 8
    /// Width of the hidden layer of the encoder's perceptrons.
    package var encoderHidden = 1024
    package var encoderActivation = Activation.gelu
    /// Base of the frequencies of the encoder's positions.
    package var positionTemperature = 10_000.0
    /// What follows the convolutions of the encoder.
    package var activation = Activation.silu
    /// Channels within the layers that fuse maps.
    package var cspWidth = 256
    /// Width of the decoder.
    package var width = 256
    package var queries = 300
    package var decoderLayers = 6
    package var decoderHeads = 8
    package var decoderHidden = 1024
    package var decoderActivation = Activation.relu
    /// Places that a head samples of each of the three maps.
    package var points = [4, 4, 4]
    package var method = DeformableSampling.Method.bilinear
    /// How far from its centre a box's places are, in its sizes.
    package var offsetScale: Float = 0.5
    package var layerNormEpsilon: Float = 1e-5
    package var batchNormEpsilon: Float = 1e-5
    /// One name a class.
    package var labels: [String] = []

    package init() {}

    /// The shape of `PekingU/rtdetr_r18vd`.
    package static var r18: RTDETRConfiguration {
        var configuration = RTDETRConfiguration()
        configuration.backbone = Backbone(widths: [64, 128, 256, 512], depths: [2, 2, 2, 2], hasBottlenecks: false)
        configuration.cspWidth = 128
        configuration.decoderLayers = 3
        configuration.labels = ["person"] + (1..<80).map { "\($0)" }
        return configuration
    }

    /// Throws where the file is missing, is not the configuration of an RT-DETR, or asks for more than the limits.
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
        try require(
            ["rt_detr", "rt_detr_v2"].contains(file.modelType), "model_type is \(file.modelType), not rt_detr or rt_detr_v2")
        for (key, isDefault) in file.fixed {
            try require(isDefault, "\(key) other than that of the published networks is not supported")
        }
        if let given = file.backboneConfig {
            try require(
                given.modelType == nil || given.modelType == "rt_detr_resnet",
                "a backbone of the kind \(given.modelType ?? "") is not supported, only rt_detr_resnet")
            for (key, isDefault) in given.fixed {
                try require(isDefault, "backbone_config.\(key) other than that of the published networks is not supported")
            }
            try require(
                ["basic", "bottleneck"].contains(given.layerType ?? "bottleneck"), "layer_type is neither basic nor bottleneck")
            backbone = Backbone(given)
        }
        do { try take(file) } catch { throw NetworkError("\(name): \(error)") }
        if let complaint = beyondLimits { throw NetworkError("\(name): \(complaint)") }
        try require(
            file.encoderInChannels.map { $0 == backbone.outputWidths } ?? true,
            "encoder_in_channels are not the widths of the backbone's last three stages")
        try require(
            file.decoderInChannels.map { $0 == points.map { _ in encoderWidth } } ?? true,
            "decoder_in_channels are not three times encoder_hidden_dim")
    }

    /// Takes the values as they are.
    private mutating func take(_ file: File) throws(NetworkError) {
        let isSecond = file.modelType == "rt_detr_v2"
        encoderWidth = file.encoderHiddenDim ?? encoderWidth
        encoderLayers = file.encoderLayers ?? encoderLayers
        encoderHeads = file.encoderAttentionHeads ?? encoderHeads
        encoderHidden = file.encoderFfnDim ?? encoderHidden
        encoderActivation = try Self.activation(file.encoderActivationFunction, encoderActivation)
        positionTemperature = file.positionalEncodingTemperature ?? positionTemperature
        activation = try Self.activation(file.activationFunction, activation)
        cspWidth = Int(saturating: Double(encoderWidth) * (file.hiddenExpansion ?? 1))
        width = file.dModel ?? width
        queries = file.numQueries ?? queries
        decoderLayers = file.decoderLayers ?? decoderLayers
        decoderHeads = file.decoderAttentionHeads ?? decoderHeads
        decoderHidden = file.decoderFfnDim ?? decoderHidden
        decoderActivation = try Self.activation(file.decoderActivationFunction, decoderActivation)
        points = file.decoderNPoints?.levels ?? points
        if isSecond {
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

extension RTDETRConfiguration.Backbone {
    fileprivate init(_ file: RTDETRConfiguration.File.Backbone) {
        stemWidth = file.embeddingSize ?? stemWidth
        widths = file.hiddenSizes ?? widths
        depths = file.depths ?? depths
        hasBottlenecks = file.layerType != "basic"
    }
}

extension RTDETRConfiguration {
    /// The keys of the file that matter, in camel case.
    fileprivate struct File: Decodable {
        let modelType: String
        let backboneConfig: Backbone?
        let encoderHiddenDim, encoderLayers, encoderAttentionHeads, encoderFfnDim: Int?
        let encoderActivationFunction, activationFunction, decoderActivationFunction: String?
        let positionalEncodingTemperature, hiddenExpansion: Double?
        let dModel, numQueries, decoderLayers, decoderAttentionHeads, decoderFfnDim: Int?
        let decoderNPoints: Points?
        let decoderOffsetScale: Float?
        let decoderMethod: String?
        let layerNormEps, batchNormEps: Float?
        let id2label: [String: String]?
        let encoderInChannels, decoderInChannels: [Int]?
        let numFeatureLevels, decoderNLevels: Int?
        let encodeProjLayers: [Int]?
        let normalizeBefore, learnInitialQuery: Bool?
        let evalSize, anchorImageSize: Present?

        struct Backbone: Decodable {
            let modelType, layerType, hiddenAct: String?
            let embeddingSize, numChannels: Int?
            let hiddenSizes, depths, outIndices: [Int]?
            let outFeatures: [String]?
            let downsampleInFirstStage, downsampleInBottleneck: Bool?

            /// Keys that are as in every published network, or else are not supported.
            var fixed: [(key: String, isDefault: Bool)] {
                [
                    ("num_channels", numChannels ?? 3 == 3), ("hidden_act", hiddenAct ?? "relu" == "relu"),
                    ("downsample_in_first_stage", downsampleInFirstStage != true),
                    ("downsample_in_bottleneck", downsampleInBottleneck != true),
                    ("out_indices", outIndices.map { $0 == [2, 3, 4] } ?? (outFeatures != nil)),
                    ("out_features", outFeatures.map { $0 == ["stage2", "stage3", "stage4"] } ?? true),
                ]
            }
        }

        /// A number for each of the three levels, or one for all.
        struct Points: Decodable {
            let levels: [Int]

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    levels = [number, number, number]
                } else {
                    levels = try container.decode([Int].self)
                }
            }
        }

        /// Whatever stands there, if it is not null.
        struct Present: Decodable {
            init(from decoder: any Decoder) {}
        }

        /// Keys that are as in every published network, or else are not supported.
        var fixed: [(key: String, isDefault: Bool)] {
            [
                ("num_feature_levels", numFeatureLevels ?? 3 == 3), ("decoder_n_levels", decoderNLevels ?? 3 == 3),
                ("encode_proj_layers", encodeProjLayers ?? [2] == [2]), ("normalize_before", normalizeBefore != true),
                ("learn_initial_query", learnInitialQuery != true), ("eval_size", evalSize == nil),
                ("anchor_image_size", anchorImageSize == nil),
            ]
        }
    }
}
