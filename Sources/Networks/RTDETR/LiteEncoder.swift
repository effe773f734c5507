import Kernels

/// The encoder of the smallest DEIMv2 (Huang et al., arXiv 2509.20787, section 3): two maps of the one that the backbone gives. transformers'
/// `Deimv2LiteEncoder`.
///
///     /16 ─ project ─┬──────────────────────────▶ + ─ fuse ─────▶ output
///                    │ mean, 1x1                  ▲      │ mean, 1x1
///     /32            └─ + its mean ─ 1x1 ─────────┴────▶ + ─ fuse ─▶ output
final class LiteEncoder {
    private let projection: Convolution
    private let reductions: [Convolution]
    private let global: Convolution
    private let topDown: ELANLayer
    private let bottomUp: ELANLayer
    private let width: Int

    init(_ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.encoderWidth
        func unit(_ part: String) throws(KernelsError) -> Convolution {
            try Convolution(
                unit: "model.encoder.\(part)", inputs: width, outputs: width, configuration, activation: configuration.activation,
                parameters)
        }
        self.width = width
        projection = try configuration.units(
            "model.encoder.input_proj", of: configuration.backbone.outputWidths, to: width, parameters)[0]
        reductions = [try unit("down_conv1"), try unit("down_conv2")]
        global = try unit("bi_fusion_conv")
        topDown = try ELANLayer("model.encoder.fpn_block", configuration, parameters)
        bottomUp = try ELANLayer("model.encoder.pan_block", configuration, parameters)
    }
}

extension LiteEncoder: MapEncoder {
    /// One map -> one of its size and one of half of it, `width` channels each.
    func callAsFunction(_ maps: [FeatureMap], _ arena: FeatureArena) -> EncodedMaps {
        let (height, width) = (maps[0].height, maps[0].width)
        let encoded = EncodedMaps([(height, width), (height / 2, width / 2)], width: self.width, arena)
        let outputs = encoded.maps
        arena.scope {
            func tensor(_ scale: Int) -> Tensor { arena.tensor([1, height / scale, width / scale, self.width]) }
            let (fine, doubled, coarse) = (tensor(1), tensor(1), tensor(2))
            let (pooled, reduced, fused) = (FeatureMap(tensor(2)), tensor(2), FeatureMap(tensor(2)))
            projection(maps[0], into: FeatureMap(fine))
            averagePool(FeatureMap(fine), kernel: 3, stride: 2, into: pooled)
            reductions[0](pooled, into: FeatureMap(reduced))
            addMeans(to: reduced)
            global(FeatureMap(reduced), into: FeatureMap(coarse))
            FeatureMap(coarse).doubled(into: FeatureMap(doubled))
            doubled.fill(sumOf: doubled, fine)
            topDown(FeatureMap(doubled), into: outputs[0], arena)
            averagePool(outputs[0], kernel: 3, stride: 2, into: pooled)
            reductions[1](pooled, into: fused, adding: FeatureMap(coarse))
            bottomUp(fused, into: outputs[1], arena)
        }
        return encoded
    }

    /// Adds to each channel of a map `[1, height, width, channels]` its mean.
    private func addMeans(to map: Tensor) {
        let channels = map.shape[3]
        let places = map.count / channels
        var means = [Float](repeating: 0, count: channels)
        for place in 0..<places {
            for channel in 0..<channels { means[channel] += map.pointer[place * channels + channel] }
        }
        for channel in 0..<channels { means[channel] /= Float(places) }
        for place in 0..<places {
            for channel in 0..<channels { map.pointer[place * channels + channel] += means[channel] }
        }
    }
}
