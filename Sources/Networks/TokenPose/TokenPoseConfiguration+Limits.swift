import Kernels

extension TokenPoseConfiguration {
    /// What is beyond the limits of docs/models.md, if anything is: so nothing that is computed from a configuration overflows, and
    /// no file makes the process take all memory.
    var beyondLimits: String? {
        guard (1...8).contains(depths.count), depths.allSatisfy((1...64).contains) else {
            return "num_hidden_layers are not 1 to 64 for each of 1 to 8 groups"
        }
        var sizes: [(key: String, size: Int, limits: ClosedRange<Int>)] = [
            ("image_size (height)", imageHeight, 16...4096), ("image_size (width)", imageWidth, 16...4096),
            ("patch_size (height)", patchHeight, 1...256), ("patch_size (width)", patchWidth, 1...256),
            ("hidden_size", width, 1...4096), ("num_attention_heads", heads, 1...256),
            ("intermediate_size", hidden, 1...32768), ("heatmap_hidden_size", hiddenHeatmap, 0...32768),
            ("id2label (keypoints)", keypoints, 1...1000),
        ]
        if case .hrnet(let width) = stem { sizes.append(("stem_width", width, 1...256)) }
        for (key, size, limits) in sizes where !limits.contains(size) {
            return "\(key) is \(size); posed takes \(limits.lowerBound) to \(limits.upperBound)"
        }
        guard width % heads == 0 else { return "hidden_size \(width) is not a multiple of num_attention_heads \(heads)" }
        // HRNet's third branch has a sixteenth of the size, and its maps are added up.
        let cell = if case .hrnet = stem { 16 } else { 4 }
        guard imageHeight % cell == 0, imageWidth % cell == 0 else {
            return "image_size \(imageHeight)x\(imageWidth) is not made of cells of \(cell)"
        }
        guard map.height % patchHeight == 0, map.width % patchWidth == 0 else {
            return "a map of \(map.height)x\(map.width) is not made of patches of \(patchHeight)x\(patchWidth)"
        }
        let bytes = 4 * floatsPerCrop * HeatmapEstimator.batch
        guard bytes <= 1 << 30 else {
            return
                "\(HeatmapEstimator.batch) crops would take \(bytes >> 20) MiB between the layers; posed takes 1024 MiB at most"
        }
        let parameters = floatsOfParameters
        guard parameters <= 1 << 30 else {
            return "its parameters would take \(parameters >> 18) MiB; posed takes 4096 MiB at most"
        }
        return nil
    }

    /// Numbers that lie between the layers, or more: what `TokenPoseMemory` and the stem's maps hold.
    private var floatsPerCrop: Int {
        let area = imageHeight * imageWidth
        let quarter = area / 16
        let stem =
            switch stem {
            case .none: 0
            case .convolutional: quarter * (5 * ConvolutionalStem.inner + 3 * ConvolutionalStem.width)
            // Seven units, three branches of less and less, twice.
            case .hrnet(let width):
                quarter * (5 * ConvolutionalStem.inner + 3 * ConvolutionalStem.width + 20 * width)
            }
        return 3 * area * 2 + stem + patches * numbersInAPatch + (keypoints + patches) * (6 * width + hidden)
            + keypoints * (2 * headWidths.reduce(0, +))
    }

    /// Numbers of the transformer's and the head's parameters.
    private var floatsOfParameters: Int {
        depths.reduce(0, +) * (4 * width * width + 2 * width * hidden) + numbersInAPatch * width
            + zip(headWidths, headWidths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
