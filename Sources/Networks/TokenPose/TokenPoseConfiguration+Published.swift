extension TokenPoseConfiguration {
    /// The shapes of the paper's tables 1 and 2, for COCO's 17 keypoints.
    package static let t = shape(.none, patch: (16, 12), heads: 16)
    package static let s1 = shape(.convolutional, patch: (4, 3), heads: 8)
    package static let s2 = shape(.convolutional, patch: (2, 2), heads: 8)
    package static let b = shape(.hrnet(width: 32), patch: (4, 3), heads: 8)
    package static let l6 = shape(.hrnet(width: 48), patch: (4, 3), heads: 8, depths: [2, 2, 2], hiddenHeatmap: 0)
    package static let l24 = shape(.hrnet(width: 48), patch: (4, 3), heads: 12, depths: [8, 8, 8], hiddenHeatmap: 0)

    private static func shape(
        _ stem: Stem, patch: (Int, Int), heads: Int, depths: [Int] = [12], hiddenHeatmap: Int = 384
    ) -> TokenPoseConfiguration {
        var shape = TokenPoseConfiguration()
        shape.stem = stem
        (shape.patchHeight, shape.patchWidth) = patch
        shape.heads = heads
        shape.depths = depths
        shape.hiddenHeatmap = hiddenHeatmap
        shape.labels = (0..<17).map { "\($0)" }
        return shape
    }
}
