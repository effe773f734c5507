import Kernels

/// What makes the maps that the decoder looks at of those of the backbone.
protocol MapEncoder {
    /// The backbone's maps, the finest first -> a map for each level of the decoder, in memory of the arena.
    func callAsFunction(_ maps: [FeatureMap], _ arena: FeatureArena) -> EncodedMaps
}

/// The encoder's maps as rows, one map after the other.
struct EncodedMaps {
    /// `[places, width]`
    let places: Tensor
    /// Of the maps, the finest first.
    let sizes: [(height: Int, width: Int)]

    init(_ sizes: [(height: Int, width: Int)], width: Int, _ arena: FeatureArena) {
        self.sizes = sizes
        places = arena.tensor([sizes.reduce(0) { $0 + $1.height * $1.width }, width])
    }

    /// The maps by themselves.
    var maps: [FeatureMap] {
        var first = 0
        return sizes.map { height, width in
            defer { first += height * width }
            return FeatureMap(places.slice(first..<first + height * width).reshaped([1, height, width, places.shape[1]]))
        }
    }
}

/// The hybrid encoder (arXiv 2304.08069, section 4.2): attention within the coarsest map (AIFI), then fusion across the maps (CCFM), from
/// coarse to fine and back again. transformers' `RTDetrHybridEncoder` and the projections before it, `DFineHybridEncoder`, and
/// `Deimv2HybridEncoder`, which adds up what the others put beside each other.
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
    private let topDown: [any FusionLayer]
    /// Of each step, one convolution or two.
    private let reductions: [[Convolution]]
    private let bottomUp: [any FusionLayer]
    private let width: Int
    private let sums: Bool
    /// Nil where tokens do not know where they are.
    private let temperature: Double?

    init(_ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.encoderWidth
        let isFirst = configuration.family == .rtDETR
        self.width = width
        sums = configuration.family == .deimV2
        temperature = configuration.hasPositions ? configuration.positionTemperature : nil
        projections =
            configuration.family == .deimV2
            ? try configuration.units(
                "model.conv_encoder.encoder_input_proj", of: configuration.backbone.outputWidths, to: width, parameters)
            : try configuration.projections(
                "model.encoder_input_proj", of: configuration.backbone.outputWidths, to: width, epsilon: 1e-5, parameters)
        var attention: [EncoderLayer] = []
        for index in 0..<configuration.encoderLayers {
            attention.append(try EncoderLayer("\(configuration.names.attention).layers.\(index)", configuration, parameters))
        }
        self.attention = attention
        var laterals: [Convolution] = []
        var reductions: [[Convolution]] = []
        var fusions: [[any FusionLayer]] = [[], []]
        for step in 0..<configuration.backbone.outputWidths.count - 1 {
            laterals.append(
                try Convolution(
                    unit: "model.encoder.lateral_convs.\(step)", inputs: width, outputs: width, configuration,
                    activation: isFirst ? configuration.activation : .none, parameters))
            let name = "model.encoder.downsample_convs.\(step)"
            reductions.append(
                isFirst
                    ? [
                        try Convolution(
                            unit: name, inputs: width, outputs: width, kernel: 3, stride: 2, configuration,
                            activation: configuration.activation, parameters)
                    ]
                    : [
                        try Convolution(unit: "\(name).conv1", inputs: width, outputs: width, configuration, parameters),
                        try Convolution(
                            unit: "\(name).conv2", inputs: width, outputs: width, kernel: 3, stride: 2, groups: width,
                            configuration, parameters),
                    ])
            for (index, part) in ["fpn_blocks", "pan_blocks"].enumerated() {
                let name = "model.encoder.\(part).\(step)"
                fusions[index].append(
                    isFirst
                        ? try CSPRepLayer(name, inputs: 2 * width, outputs: width, configuration, parameters)
                        : try ELANLayer(name, configuration, parameters))
            }
        }
        self.laterals = laterals
        self.reductions = reductions
        (topDown, bottomUp) = (fusions[0], fusions[1])
    }
}

extension HybridEncoder: MapEncoder {
    /// -> maps of the same sizes, `width` channels each.
    func callAsFunction(_ maps: [FeatureMap], _ arena: FeatureArena) -> EncodedMaps {
        let last = maps.count - 1
        let encoded = EncodedMaps(maps.map { ($0.height, $0.width) }, width: width, arena)
        let outputs = encoded.maps
        arena.scope {
            // What is fused: `[from the coarser map | projected]`, then `[from the finer map | lateral]`.
            let down = maps.dropLast().map { MapPair(of: $0, width: width, sums: sums, arena) }
            let up = maps.dropFirst().map { MapPair(of: $0, width: width, sums: sums, arena) }
            for level in 0..<last { projections[level](maps[level], into: down[level].second) }
            var x = attended(maps[last], arena)
            for level in (0..<last).reversed() {
                let step = last - 1 - level
                laterals[step](x, into: up[level].second)
                up[level].second.doubled(into: down[level].first)
                let fused =
                    level == 0
                    ? outputs[0] : arena.map(batch: 1, height: maps[level].height, width: maps[level].width, channels: width)
                topDown[step](down[level].joined, into: fused, arena)
                x = fused
            }
            for level in 0..<last {
                arena.scope {
                    var way = outputs[level]
                    for (index, reduction) in reductions[level].enumerated() {
                        let next =
                            index == reductions[level].count - 1 ? up[level].first : arena.map(reduction, of: way)
                        reduction(way, into: next)
                        way = next
                    }
                }
                bottomUp[level](up[level].joined, into: outputs[level + 1], arena)
            }
        }
        return encoded
    }

    /// The coarsest map, projected and attended to.
    private func attended(_ map: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        let tokens = arena.tensor([map.height * map.width, width])
        let projected = FeatureMap(tokens.reshaped([1, map.height, map.width, width]))
        projections[projections.count - 1](map, into: projected)
        arena.scope {
            let positions = temperature.map { temperature in
                let positions = arena.tensor(tokens.shape)
                fillSinePositions(positions, height: map.height, width: map.width, temperature: temperature)
                return positions
            }
            for layer in attention { layer(tokens, positions: positions, arena) }
        }
        return projected
    }
}

/// Two maps that become one: beside each other, or added up.
private struct MapPair {
    let first: FeatureMap
    let second: FeatureMap
    private let both: FeatureMap?
    private let terms: [Tensor]

    /// For maps of the size of `map`, `width` channels each.
    init(of map: FeatureMap, width: Int, sums: Bool, _ arena: FeatureArena) {
        if sums {
            terms = (0..<2).map { _ in arena.tensor([1, map.height, map.width, width]) }
            both = nil
            (first, second) = (FeatureMap(terms[0]), FeatureMap(terms[1]))
        } else {
            let joint = arena.map(batch: 1, height: map.height, width: map.width, channels: 2 * width)
            terms = []
            both = joint
            (first, second) = (joint.firstHalf, joint.secondHalf)
        }
    }

    /// Once both are there; a sum takes the place of the first.
    var joined: FeatureMap {
        if let both { return both }
        terms[0].fill(sumOf: terms[0], terms[1])
        return first
    }
}

extension RTDETRConfiguration {
    /// 1x1 convolutions with batch norm, without an activation.
    func projections(
        _ name: String, of inputs: [Int], to outputs: Int, epsilon: Float, _ parameters: any Parameters
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

    /// The same under the names of `RTDetrConvNormLayer`.
    func units(
        _ name: String, of inputs: [Int], to outputs: Int, _ parameters: any Parameters
    ) throws(KernelsError) -> [Convolution] {
        var units: [Convolution] = []
        for (level, inputs) in inputs.enumerated() {
            units.append(try Convolution(unit: "\(name).\(level)", inputs: inputs, outputs: outputs, self, parameters))
        }
        return units
    }
}
