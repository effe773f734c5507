import Kernels

extension RTDETRConfiguration {
    /// What is beyond the limits of docs/models.md, if anything is: so nothing that is computed from a configuration overflows, and
    /// no file makes the process take all memory.
    var beyondLimits: String? {
        guard backbone.widths.count == 4, backbone.depths.count == 4 else {
            return "a backbone has hidden_sizes and depths of four stages"
        }
        guard points.count == 3, points.allSatisfy((1...32).contains) else {
            return "decoder_n_points are not 1 to 32 for each of three levels"
        }
        let stages: [(key: String, size: Int, limits: ClosedRange<Int>)] =
            backbone.widths.map { ("hidden_sizes", $0, (backbone.hasBottlenecks ? 4 : 1)...4096) }
            + backbone.depths.map { ("depths", $0, 1...64) }
        let sizes: [(key: String, size: Int, limits: ClosedRange<Int>)] = [
            ("embedding_size", backbone.stemWidth, 2...1024), ("encoder_hidden_dim", encoderWidth, 4...1024),
            ("encoder_layers", encoderLayers, 0...16), ("encoder_attention_heads", encoderHeads, 1...64),
            ("encoder_ffn_dim", encoderHidden, 1...8192), ("encoder_hidden_dim times hidden_expansion", cspWidth, 1...4096),
            ("d_model", width, 1...1024), ("num_queries", queries, 1...3000), ("decoder_layers", decoderLayers, 1...32),
            ("decoder_attention_heads", decoderHeads, 1...64), ("decoder_ffn_dim", decoderHidden, 1...8192),
            ("id2label (classes)", labels.count, 1...1000),
        ]
        for (key, size, limits) in stages + sizes where !limits.contains(size) {
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
        guard encoderWidth % encoderHeads == 0, width % decoderHeads == 0 else {
            return "encoder_hidden_dim or d_model is not a multiple of its attention heads"
        }
        guard encoderWidth % 4 == 0 else { return "encoder_hidden_dim is \(encoderWidth), which is not a multiple of 4" }
        guard backbone.hasBottlenecks || backbone.stemWidth == backbone.widths[0] else {
            return "a basic backbone whose embedding_size differs from its first hidden_sizes is not supported"
        }
        return nil
    }

    /// What speaks against pictures of this size, if anything does; a configuration is within its own limits by then.
    func complaint(aboutInputOfWidth across: Int, height down: Int) -> String? {
        let sides = 32...4096
        guard sides.contains(across), sides.contains(down), across % 32 == 0, down % 32 == 0 else {
            return "an input of \(across)x\(down) is not made of cells of 32x32, up to 4096x4096"
        }
        let places = across * down / 64 + across * down / 256 + across * down / 1024
        guard queries <= places else { return "an input of \(across)x\(down) has \(places) places for \(queries) queries" }
        let bytes = 4 * floats(area: across * down, places: places)
        guard bytes <= 1 << 30 else {
            return "an input of \(across)x\(down) would take \(bytes >> 20) MiB between the layers; posed takes 1024 MiB at most"
        }
        return nil
    }

    /// Numbers that lie between the layers at once, or more: the maps that stay, and what the largest layer holds beside them.
    func floats(area: Int, places: Int) -> Int {
        let stem = area / 4 * (backbone.stemWidth / 2 * 2 + backbone.stemWidth)
        var (maps, largest) = (area * 3 * 2 + area / 16 * backbone.stemWidth, stem)
        for (stage, stageWidth) in backbone.widths.enumerated() {
            let size = area >> (4 + 2 * stage)
            maps += size * stageWidth
            let before = stage == 0 ? backbone.stemWidth : backbone.widths[stage - 1]
            // The first 1x1 of a bottleneck still has the size before; then a 3x3, and the shortcut's means.
            largest = max(largest, size * (4 * stageWidth + stageWidth + before))
        }
        maps += places * 5 * encoderWidth
        largest = max(largest, area / 64 * 5 * cspWidth, area / 1024 * (6 * encoderWidth + encoderHidden))
        let sampled = queries * decoderHeads * points.reduce(0, +) * 3
        largest = max(
            largest, places * (width + labels.count + 1), places * width + sampled + queries * (8 * width + decoderHidden))
        return maps + places * width + queries * (3 * width + labels.count + 8) + largest
    }
}
