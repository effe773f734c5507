extension RTDETRConfiguration {
    /// The keys of the file that matter, in camel case.
    struct File: Decodable {
        let modelType: String
        let backboneConfig: Backbone?
        let encoderHiddenDim, encoderLayers, encoderAttentionHeads, encoderFfnDim: Int?
        let encoderActivationFunction, activationFunction, decoderActivationFunction: String?
        let positionalEncodingTemperature, hiddenExpansion, depthMult: Double?
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
        let maxNumBins, topProbValues, lqeHiddenDim, lqeLayers, evalIdx: Int?
        let encoderType, encoderFuseOp: String?
        let useGateway, shareBboxHead, encoderHasTrailingConv: Bool?

        struct Backbone: Decodable {
            let modelType, layerType, hiddenAct: String?
            let embeddingSize, numChannels: Int?
            let hiddenSizes, depths, outIndices: [Int]?
            let outFeatures: [String]?
            let downsampleInFirstStage, downsampleInBottleneck: Bool?
            let stemChannels, stemStrides, stageInChannels, stageMidChannels, stageOutChannels: [Int]?
            let stageNumBlocks, stageNumbOfLayers, stageKernelSize, stageDownsampleStrides: [Int]?
            let stageDownsample, stageLightBlock: [Bool]?
            let useLearnableAffineBlock: Bool?

            /// Keys that are as in every published network, or else are not supported.
            func fixed(in family: Family) -> [(key: String, isDefault: Bool)] {
                let common = [("num_channels", numChannels ?? 3 == 3), ("hidden_act", hiddenAct ?? "relu" == "relu")]
                guard family == .rtDETR else {
                    return common + [
                        ("stem_strides", stemStrides ?? [2, 1, 1, 2, 1] == [2, 1, 1, 2, 1]),
                        ("stage_downsample_strides", stageDownsampleStrides.map { $0.allSatisfy { $0 == 2 } } ?? true),
                    ]
                }
                return common + [
                    ("downsample_in_first_stage", downsampleInFirstStage != true),
                    ("downsample_in_bottleneck", downsampleInBottleneck != true),
                    ("out_indices", outIndices.map { $0 == [2, 3, 4] } ?? (outFeatures != nil)),
                    ("out_features", outFeatures.map { $0 == ["stage2", "stage3", "stage4"] } ?? true),
                ]
            }
        }

        /// A number for each of the levels, or one for all.
        enum Points: Decodable {
            case each([Int])
            case all(Int)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .all(number)
                } else {
                    self = .each(try container.decode([Int].self))
                }
            }
        }

        /// Whatever stands there, if it is not null.
        struct Present: Decodable {
            init(from decoder: any Decoder) {}
        }

        /// Keys that are as in every published network, or else are not supported. `levels` is how many maps the decoder looks at.
        func fixed(in family: Family, levels: Int) -> [(key: String, isDefault: Bool)] {
            let common = [
                ("num_feature_levels", numFeatureLevels ?? 3 == levels), ("decoder_n_levels", decoderNLevels ?? levels == levels),
                ("normalize_before", normalizeBefore != true), ("learn_initial_query", learnInitialQuery != true),
                ("anchor_image_size", anchorImageSize == nil),
            ]
            switch family {
            case .rtDETR: return common + [("eval_size", evalSize == nil), projected(levels)]
            case .dFINE:
                return common + [("eval_size", evalSize == nil), projected(levels), silu, lastLayer]
            case .deimV2:
                return common + [
                    silu, lastLayer, encoderType == "lite" ? ("encoder_layers", encoderLayers == 0) : projected(levels),
                    ("encoder_type", ["hybrid", "lite"].contains(encoderType ?? "hybrid")),
                    ("encoder_fuse_op", encoderFuseOp ?? "sum" == "sum"),
                    ("encoder_has_trailing_conv", encoderHasTrailingConv != false),
                ]
            }
        }

        private func projected(_ levels: Int) -> (key: String, isDefault: Bool) {
            ("encode_proj_layers", encodeProjLayers ?? [2] == [levels - 1])
        }

        private var silu: (key: String, isDefault: Bool) {
            ("activation_function", activationFunction ?? "silu" == "silu")
        }

        /// Whether the last layer's predictions are the ones to take.
        private var lastLayer: (key: String, isDefault: Bool) { ("eval_idx", evalIdx ?? -1 == -1) }
    }
}
