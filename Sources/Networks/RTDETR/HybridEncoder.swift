import Kernels

/// The hybrid encoder (arXiv 2304.08069, section 4.2): attention within the coarsest map (AIFI), then fusion across the maps (CCFM), from
/// coarse to fine and back again. transformers' `RTDetrHybridEncoder` and the projections before it.
///
///     /8  ─ project ────────────────▶ fuse ─────────────▶ output
///                                      ▲                    │ reduce
///     /16 ─ project ─────▶ fuse ─ lateral ───────────────▶ fuse ─▶ output
///                           ▲                               │ reduce
///     /32 ─ project ─ AIFI ─ lateral ────────────────────▶ fuse ─▶ output
struct HybridEncoder {
    private let projections: [Convolution]
    private let attention: [EncoderLayer]
    private let laterals: [Convolution]
    private let topDown: [CSPRepLayer]
    private let reductions: [Convolution]
    private let bottomUp: [CSPRepLayer]
    private let width: Int
    private let temperature: Double

    init(_ configuration: RTDETRConfiguration, _ parameters: some Parameters) throws(KernelsError) {
        let width = configuration.encoderWidth
        let steps = configuration.backbone.outputWidths.count - 1
        self.width = width
        temperature = configuration.positionTemperature
        projections = try configuration.projections(
            "model.encoder_input_proj", of: configuration.backbone.outputWidths, to: width, epsilon: 1e-5, parameters)
        var attention: [EncoderLayer] = []
        for index in 0..<configuration.encoderLayers {
            attention.append(try EncoderLayer("model.encoder.encoder.0.layers.\(index)", configuration, parameters))
        }
        self.attention = attention
        func units(_ name: String, kernel: Int, stride: Int) throws(KernelsError) -> [Convolution] {
            var units: [Convolution] = []
            for index in 0..<steps {
                units.append(
                    try Convolution(
                        unit: "model.encoder.\(name).\(index)", inputs: width, outputs: width, kernel: kernel,
                        stride: stride, configuration, activation: configuration.activation, parameters))
            }
            return units
        }
        func layers(_ name: String) throws(KernelsError) -> [CSPRepLayer] {
            var layers: [CSPRepLayer] = []
            for index in 0..<steps {
                layers.append(try CSPRepLayer("model.encoder.\(name).\(index)", configuration, parameters))
            }
            return layers
        }
        laterals = try units("lateral_convs", kernel: 1, stride: 1)
        topDown = try layers("fpn_blocks")
        reductions = try units("downsample_convs", kernel: 3, stride: 2)
        bottomUp = try layers("pan_blocks")
    }

    /// The backbone's maps, the finest first -> as many of the same sizes, `width` channels each.
    func callAsFunction(_ maps: [FeatureMap], _ arena: FeatureArena) -> [FeatureMap] {
        let last = maps.count - 1
        func joint(_ map: FeatureMap) -> FeatureMap {
            arena.map(batch: 1, height: map.height, width: map.width, channels: 2 * width)
        }
        // What is fused lies beside each other: `[from the coarser map | projected]`, then `[from the finer map | lateral]`.
        let down = maps.dropLast().map(joint)
        let up = maps.dropFirst().map(joint)
        for level in 0..<last { projections[level](maps[level], into: down[level].secondHalf) }
        var x = attended(maps[last], arena)
        for level in (0..<last).reversed() {
            let lateral = up[level].secondHalf
            laterals[last - 1 - level](x, into: lateral)
            lateral.doubled(into: down[level].firstHalf)
            x = topDown[last - 1 - level](down[level], arena)
        }
        var outputs = [x]
        for level in 0..<last {
            reductions[level](outputs[level], into: up[level].firstHalf)
            outputs.append(bottomUp[level](up[level], arena))
        }
        return outputs
    }

    /// The coarsest map, projected and attended to.
    private func attended(_ map: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        let tokens = arena.tensor([map.height * map.width, width])
        let projected = FeatureMap(tokens.reshaped([1, map.height, map.width, width]))
        projections[projections.count - 1](map, into: projected)
        arena.scope {
            let positions = arena.tensor(tokens.shape)
            fillSinePositions(positions, height: map.height, width: map.width, temperature: temperature)
            for layer in attention { layer(tokens, positions: positions, arena) }
        }
        return projected
    }
}

extension RTDETRConfiguration {
    /// 1x1 convolutions with batch norm, without an activation.
    func projections(
        _ name: String, of inputs: [Int], to outputs: Int, epsilon: Float, _ parameters: some Parameters
    ) throws(KernelsError) -> [Convolution] {
        var projections: [Convolution] = []
        for (level, inputs) in inputs.enumerated() {
            projections.append(
                Convolution(
                    try ConvolutionWeights(
                        "\(name).\(level).0", norm: "\(name).\(level).1", inputs: inputs, outputs: outputs, epsilon: epsilon,
                        parameters)))
        }
        return projections
    }
}
