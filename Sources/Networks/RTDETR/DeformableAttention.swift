import Kernels

/// The part of multi-scale deformable attention that knows where to look: queries sample a few places of the encoder's maps around their
/// boxes. `RTDetrMultiscaleDeformableAttention` and RT-DETRv2's without their projections, and `DFineMultiscaleDeformableAttention`.
struct DeformableAttention {
    private let offsets: Linear
    private let scores: Linear
    private let sampling: DeformableSampling
    /// Places that each head samples, level by level.
    private let points: [Int]

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        points = configuration.points
        let places = configuration.decoderHeads * points.reduce(0, +)
        // Where to look is not rounded: a place would move.
        offsets = try Linear(
            "\(name).sampling_offsets", inputs: configuration.width, outputs: 2 * places, parameters, precision: .fp32)
        scores = try Linear(
            "\(name).attention_weights", inputs: configuration.width, outputs: places, parameters, precision: .fp32)
        sampling = DeformableSampling(
            heads: configuration.decoderHeads, method: configuration.method, reach: configuration.offsetScale)
    }

    /// What the queries take from `values` `[places, width]`, the rows of maps of these sizes -> `y` `[queries, width]`. `queries` know
    /// their positions, and may be `y`; `boxes` is `[queries, 4]`.
    func callAsFunction(
        _ queries: Tensor, boxes: Tensor, _ values: Tensor, sizes: [(height: Int, width: Int)], into y: Tensor,
        _ arena: FeatureArena
    ) {
        arena.scope {
            let (count, places) = (queries.shape[0], sampling.heads * points.reduce(0, +))
            let (offsets, scores) = (arena.tensor([count, 2 * places]), arena.tensor([count, places]))
            self.offsets(queries, into: offsets)
            self.scores(queries, into: scores)
            let levels = zip(sizes, points).map {
                DeformableSampling.Level(height: $0.height, width: $0.width, points: $1)
            }
            sampling(values, levels, boxes: boxes, offsets: offsets, scores: scores, into: y)
        }
    }
}
