import Kernels

extension ViTPoseConfiguration {
    /// What is beyond the limits of docs/models.md, if anything is: so nothing that is computed from a configuration overflows, and
    /// no file makes the process take all memory.
    var beyondLimits: String? {
        let sizes: [(key: String, size: Int, limits: ClosedRange<Int>)] = [
            ("image_size (height)", imageHeight, 16...4096), ("image_size (width)", imageWidth, 16...4096),
            ("patch_size", patch, 5...256), ("hidden_size", width, 1...4096), ("num_hidden_layers", blocks, 1...256),
            ("num_attention_heads", heads, 1...256), ("hidden_size times mlp_ratio", hidden, 1...32768),
            ("scale_factor", scale, 1...16), ("id2label (keypoints)", keypoints, 1...1000),
            ("num_experts", experts?.count ?? 1, 1...64),
        ]
        for (key, size, limits) in sizes where !limits.contains(size) {
            return "\(key) is \(size); posed takes \(limits.lowerBound) to \(limits.upperBound)"
        }
        if let experts, !(1..<width).contains(experts.width) {
            return "part_features is \(experts.width); the experts' part of a hidden_size of \(width) is 1 to \(width - 1)"
        }
        if let complaint = windowsBeyondLimits { return complaint }
        guard layerNormEpsilon >= 0, layerNormEpsilon <= 1 else {
            return "layer_norm_eps is \(layerNormEpsilon); posed takes 0 to 1"
        }
        guard min(heatmapHeight, heatmapWidth) >= 2 else { return "its heatmaps are \(heatmapWidth)x\(heatmapHeight), too small" }
        let bytes = 4 * floatsPerCrop * HeatmapEstimator.batch
        guard bytes <= 1 << 30 else {
            return
                "\(HeatmapEstimator.batch) crops would take \(bytes >> 20) MiB between the layers; posed takes 1024 MiB at most"
        }
        return nil
    }

    /// Numbers that lie between the layers, as `ViTPoseMemory` and the heads keep them.
    private var floatsPerCrop: Int {
        let tokens = gridHeight * gridWidth
        let head = usesSimpleDecoder ? tokens * 9 * keypoints : tokens * (4 + 16) * 256 + heatmapHeight * heatmapWidth * keypoints
        return 3 * imageHeight * imageWidth * 2 + tokens * (6 * width + hidden) + head + heatmapHeight * heatmapWidth * keypoints
    }
}
