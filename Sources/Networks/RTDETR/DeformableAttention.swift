import Kernels

/// Attention of queries to a few places of the encoder's maps around their boxes: `RTDetrMultiscaleDeformableAttention`, and RT-DETRv2's.
struct DeformableAttention {
    private let offsets: Linear
    private let scores: Linear
    private let value: Linear
    private let output: Linear
    private let sampling: DeformableSampling
    /// Places that each head samples, level by level.
    private let points: [Int]

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: some Parameters) throws(KernelsError) {
        let (width, heads) = (configuration.width, configuration.decoderHeads)
        points = configuration.points
        let places = heads * points.reduce(0, +)
        // Where to look is not rounded: a place would move.
        offsets = try Linear(
            "\(name).sampling_offsets", inputs: width, outputs: 2 * places, parameters, precision: .fp32)
        scores = try Linear("\(name).attention_weights", inputs: width, outputs: places, parameters, precision: .fp32)
        value = try Linear("\(name).value_proj", inputs: width, outputs: width, parameters)
        output = try Linear("\(name).output_proj", inputs: width, outputs: width, parameters)
        sampling = DeformableSampling(heads: heads, method: configuration.method, reach: configuration.offsetScale)
    }

    /// Adds to `x` `[queries, width]` what it takes from `maps`; `positions` has its shape, `boxes` is `[queries, 4]`.
    func callAsFunction(_ x: Tensor, positions: Tensor, boxes: Tensor, _ maps: EncodedMaps, _ arena: FeatureArena) {
        arena.scope {
            let (queries, places) = (x.shape[0], sampling.heads * points.reduce(0, +))
            let positioned = arena.tensor(x.shape)
            positioned.fill(sumOf: x, positions)
            let (offsets, scores) = (arena.tensor([queries, 2 * places]), arena.tensor([queries, places]))
            self.offsets(positioned, into: offsets)
            self.scores(positioned, into: scores)
            let values = arena.tensor(maps.places.shape)
            value(maps.places, into: values)
            let levels = zip(maps.sizes, points).map {
                DeformableSampling.Level(height: $0.height, width: $0.width, points: $1)
            }
            sampling(values, levels, boxes: boxes, offsets: offsets, scores: scores, into: positioned)
            output(positioned, into: x, adding: true)
        }
    }
}

/// The encoder's maps as rows, one map after the other.
struct EncodedMaps {
    /// `[places, width]`
    let places: Tensor
    /// Of the maps, the finest first.
    let sizes: [(height: Int, width: Int)]
}
