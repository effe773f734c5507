import Kernels

extension RTDETRConfiguration {
    /// What is beyond the limits of docs/models.md, if anything is: so nothing that is computed from a configuration overflows, and
    /// no file makes the process take all memory.
    var beyondLimits: String? {
        if let complaint = backbone.malformed { return complaint }
        guard isLite ? backbone.hasStages(3) && backbone.outputWidths.count == 1 : backbone.hasStages(4) && levels > 1 else {
            return
                "the stages of the backbone do not fit to the encoder (encoder_type): four and the last two or three of them, or three and the last"
        }
        guard points.count == levels, points.allSatisfy((1...32).contains) else {
            return "decoder_n_points are not 1 to 32 for each of \(levels == 2 ? "two" : "three") levels"
        }
        let sizes: [(key: String, size: Int, limits: ClosedRange<Int>)] = [
            ("encoder_hidden_dim", encoderWidth, 4...1024),
            ("encoder_layers", encoderLayers, 0...16), ("encoder_attention_heads", encoderHeads, 1...64),
            ("encoder_ffn_dim", encoderHidden, 1...8192), ("encoder_hidden_dim times hidden_expansion", cspWidth, 1...4096),
            ("3 times depth_mult", cspBlocks, 0...64), ("max_num_bins", edges.bins, 4...256),
            ("top_prob_values", edges.topValues, 1...edgeValues), ("lqe_hidden_dim", edges.qualityHidden, 1...1024),
            ("lqe_layers", edges.qualityLayers, 1...16),
            ("d_model", width, 1...1024), ("num_queries", queries, 1...3000), ("decoder_layers", decoderLayers, 1...32),
            ("decoder_attention_heads", decoderHeads, 1...64), ("decoder_ffn_dim", decoderHidden, 2...8192),
            ("id2label (classes)", labels.count, 1...1000),
        ]
        for (key, size, limits) in backbone.sizes + sizes where !limits.contains(size) {
            return "\(key) is \(size); posed takes \(limits.lowerBound) to \(limits.upperBound)"
        }
        let numbers: [(key: String, value: Double, limits: ClosedRange<Double>)] = [
            ("layer_norm_eps", Double(layerNormEpsilon), 0...1), ("batch_norm_eps", Double(batchNormEpsilon), 0...1),
            ("positional_encoding_temperature", positionTemperature, 1...1e6),
            ("decoder_offset_scale", Double(offsetScale), 0...10),
        ]
        for (key, value, limits) in numbers where !limits.contains(value) {
            return "\(key) is \(value); posed takes \(limits.lowerBound) to \(limits.upperBound)"
        }
        guard encoderLayers == 0 || encoderWidth % encoderHeads == 0, width % decoderHeads == 0 else {
            return "encoder_hidden_dim or d_model is not a multiple of its attention heads"
        }
        if case .hgNet(let shape) = backbone, let stage = shape.stages.first(where: { $0.kernel % 2 == 0 }) {
            return "stage_kernel_size is \(stage.kernel), which is even"
        }
        guard encoderWidth % 4 == 0 else { return "encoder_hidden_dim is \(encoderWidth), which is not a multiple of 4" }
        guard edges.bins % 2 == 0 else { return "max_num_bins is \(edges.bins), which is odd" }
        return nil
    }

    /// What speaks against pictures of this size, if anything does; a configuration is within its own limits by then.
    func complaint(aboutInputOfWidth across: Int, height down: Int) -> String? {
        let sides = 32...4096
        guard sides.contains(across), sides.contains(down), across % 32 == 0, down % 32 == 0 else {
            return "an input of \(across)x\(down) is not made of cells of 32x32, up to 4096x4096"
        }
        let places = places(area: across * down)
        guard queries <= places else { return "an input of \(across)x\(down) has \(places) places for \(queries) queries" }
        let bytes = 4 * floats(area: across * down, places: places)
        guard bytes <= 1 << 30 else {
            return "an input of \(across)x\(down) would take \(bytes >> 20) MiB between the layers; posed takes 1024 MiB at most"
        }
        return nil
    }

    /// Places of the maps that the decoder looks at.
    func places(area: Int) -> Int { (0..<levels).reduce(0) { $0 + area >> (10 - 2 * $1) } }

    /// The distances of a distribution, or as many as are allowed.
    private var edgeValues: Int { min(max(edges.bins, 4), 256) + 1 }

    /// Numbers that lie between the layers at once, or more: the maps that stay, and what the largest layer holds beside them.
    func floats(area: Int, places: Int) -> Int {
        let (maps, layer) = backbone.floats(area: area)
        // The finest map is the largest that is fused.
        let fused = area >> (12 - 2 * levels) * (family == .rtDETR ? 5 * cspWidth : 3 * encoderWidth + 6 * cspWidth)
        var largest = max(layer, fused, area / 1024 * (6 * encoderWidth + encoderHidden))
        let sampled = queries * decoderHeads * points.reduce(0, +) * 3
        largest = max(largest, places * (width + labels.count + 1))
        let refined = family == .rtDETR ? 0 : queries * (3 * 4 * (edges.bins + 1) + 8 * width + 5 * edges.qualityHidden)
        largest = max(largest, places * width + sampled + refined + queries * (8 * width + decoderHidden))
        return maps + area * 3 * 2 + places * (6 * encoderWidth + width) + queries * (3 * width + labels.count + 8) + largest
    }
}

extension RTDETRConfiguration.Backbone {
    /// What keeps sizes from being computed, if anything does.
    fileprivate var malformed: String? {
        guard case .resNet(let shape) = self else { return nil }
        guard shape.widths.count == 4, shape.depths.count == 4 else {
            return "a backbone has hidden_sizes and depths of four stages"
        }
        guard shape.hasBottlenecks || shape.stemWidth == shape.widths[0] else {
            return "a basic backbone whose embedding_size differs from its first hidden_sizes is not supported"
        }
        return nil
    }

    fileprivate func hasStages(_ count: Int) -> Bool {
        switch self {
        case .resNet(let shape): shape.widths.count == count
        case .hgNet(let shape): shape.stages.count == count
        }
    }

    fileprivate var sizes: [(key: String, size: Int, limits: ClosedRange<Int>)] {
        switch self {
        case .resNet(let shape):
            [("embedding_size", shape.stemWidth, 2...1024)]
                + shape.widths.map { ("hidden_sizes", $0, (shape.hasBottlenecks ? 4 : 1)...4096) }
                + shape.depths.map { ("depths", $0, 1...64) }
        case .hgNet(let shape):
            [("stem_channels", shape.stemWidth, 2...1024)]
                + shape.stages.flatMap { stage in
                    [
                        ("stage_in_channels", stage.inputs, 1...4096), ("stage_mid_channels", stage.width, 1...4096),
                        ("stage_out_channels", stage.outputs, 2...4096), ("stage_num_blocks", stage.blocks, 1...64),
                        ("stage_numb_of_layers", stage.layers, 1...64), ("stage_kernel_size", stage.kernel, 1...7),
                    ]
                }
        }
    }

    /// Numbers in the maps that stay, and those that the largest layer holds beside them.
    fileprivate func floats(area: Int) -> (maps: Int, layer: Int) {
        switch self {
        case .resNet(let shape):
            var (maps, largest) = (area / 16 * shape.stemWidth, area / 4 * (shape.stemWidth / 2 * 2 + shape.stemWidth))
            for (stage, width) in shape.widths.enumerated() {
                let size = area >> (4 + 2 * stage)
                maps += size * width
                let before = stage == 0 ? shape.stemWidth : shape.widths[stage - 1]
                // The first 1x1 of a bottleneck still has the size before; then a 3x3, and the shortcut's means.
                largest = max(largest, size * (4 * width + width + before))
            }
            return (maps, largest)
        case .hgNet(let shape):
            var (maps, largest) = (0, 0)
            for (index, stage) in shape.stages.enumerated() {
                let size = area >> (4 + 2 * index)
                maps += size * stage.outputs
                let rooms =
                    stage.inputs + stage.layers * stage.width
                    + min(stage.blocks - 1, 2) * (stage.outputs + stage.layers * stage.width)
                let stem = index > 0 ? 0 : area / 4 * (shape.stemWidth / 2 + 3 * shape.stemWidth) + size * shape.stemWidth
                largest = max(largest, size * rooms + max(stem, size * max(stage.width, stage.outputs / 2)))
            }
            return (maps, largest)
        }
    }
}
