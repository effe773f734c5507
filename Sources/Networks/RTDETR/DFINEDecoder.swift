import Glibc
import Kernels

/// The decoder of D-FINE (Peng et al., arXiv 2410.13842, section 4.1) and DEIMv2: fine-grained distribution refinement. The first layer
/// moves the queries' boxes; from then on each layer refines how far their edges are from that box, as a distribution over distances.
/// transformers' `DFineDecoder`, `Deimv2Decoder`.
struct DFINEDecoder {
    private let layers: [DFINEDecoderLayer]
    private let positions: PredictionHead
    /// How the boxes move after the first layer.
    private let start: PredictionHead
    /// Of each layer: what it adds to the logits of the distributions.
    private let edges: [PredictionHead]
    private let distances: EdgeDistances
    /// Of the last layer; those of the layers before it serve training.
    private let classes: Linear
    private let quality: PredictionHead
    private let topValues: Int

    init(_ configuration: RTDETRConfiguration, heads: PredictionNames, _ parameters: any Parameters) throws(KernelsError) {
        let (width, last) = (configuration.width, configuration.decoderLayers - 1)
        let bins = configuration.edges.bins + 1
        var layers: [DFINEDecoderLayer] = []
        var edges: [PredictionHead] = []
        for index in 0...last {
            layers.append(try DFINEDecoderLayer("model.decoder.layers.\(index)", configuration, parameters))
            if index > 0, configuration.sharesEdgeHead {
                edges.append(edges[0])
                continue
            }
            edges.append(try PredictionHead(heads.boxes[index], widths: [width, width, width, 4 * bins], parameters))
        }
        self.layers = layers
        self.edges = edges
        let isSecond = configuration.family == .deimV2
        positions = try PredictionHead(
            "model.decoder.query_pos_head", widths: isSecond ? [4, width, width, width] : [4, 2 * width, width],
            between: isSecond ? configuration.decoderActivation : .relu, last: .clamp(low: -10, high: 10), parameters)
        start = try PredictionHead("model.decoder.pre_bbox_head", widths: [width, width, width, 4], parameters)
        distances = EdgeDistances(
            bins: configuration.edges.bins, up: try parameters.tensor("model.decoder.up", shape: [1]).array[0],
            scale: try parameters.tensor("model.decoder.reg_scale", shape: [1]).array[0])
        classes = try Linear(
            heads.classes, inputs: width, outputs: configuration.labels.count, parameters, precision: .fp32)
        topValues = configuration.edges.topValues
        let hidden = [Int](repeating: configuration.edges.qualityHidden, count: configuration.edges.qualityLayers - 1)
        quality = try PredictionHead(
            "model.decoder.lqe_layers.\(last).reg_conf", widths: [4 * (topValues + 1)] + hidden + [1], parameters)
    }
}

extension DFINEDecoder: QueryDecoder {
    func callAsFunction(_ queries: Tensor, boxes: Tensor, _ maps: EncodedMaps, into logits: Tensor, _ arena: FeatureArena) {
        let count = queries.shape[0]
        let (positions, before, sum) = (arena.tensor(queries.shape), arena.tensor(queries.shape), arena.tensor(queries.shape))
        let initial = arena.tensor(boxes.shape)
        let edges = arena.tensor([count, 4 * distances.values.count])
        let shares = arena.tensor([4 * count, distances.values.count])
        for (index, layer) in layers.enumerated() {
            self.positions(boxes, into: positions, arena)
            layer(queries, positions: positions, boxes: boxes, maps, arena)
            if index == 0 {
                start(queries, into: initial, arena)
                for value in 0..<boxes.count {
                    initial.pointer[value] = sigmoid(initial.pointer[value] + inverseSigmoid(boxes.pointer[value]))
                }
                sum.fill(from: queries)
            } else {
                sum.fill(sumOf: queries, before)
            }
            self.edges[index](sum, into: edges, adding: index > 0, arena)
            shares.fill(from: edges.reshaped(shares.shape))
            softmax(shares)
            distances(shares, around: initial, into: boxes)
            before.fill(from: queries)
        }
        classes(queries, into: logits)
        addQuality(of: shares, to: logits, arena)
    }

    /// Location quality estimation (`DFineLQE`): how peaked the distributions `[4 * queries, distances]` are says how much the scores can be
    /// trusted. A head sees the largest shares of each edge, and their mean.
    private func addQuality(of shares: Tensor, to logits: Tensor, _ arena: FeatureArena) {
        arena.scope {
            let (queries, classes, bins) = (logits.shape[0], logits.shape[1], shares.shape[1])
            let statistics = arena.tensor([4 * queries, topValues + 1])
            parallel(4 * queries, by: 256) { edges in
                for edge in edges {
                    let top = statistics.pointer + edge * (topValues + 1)
                    fillLargest(topValues, of: shares.pointer + edge * bins, count: bins, into: top)
                    top[topValues] = (0..<topValues).reduce(0) { $0 + top[$1] } / Float(topValues)
                }
            }
            let quality = arena.tensor([queries, 1])
            self.quality(statistics.reshaped([queries, 4 * (topValues + 1)]), into: quality, arena)
            for query in 0..<queries {
                for index in query * classes..<(query + 1) * classes { logits.pointer[index] += quality.pointer[query] }
            }
        }
    }

    /// The largest of some values, the largest first.
    private func fillLargest(
        _ most: Int, of values: UnsafePointer<Float>, count: Int, into top: UnsafeMutablePointer<Float>
    ) {
        top.update(repeating: -.infinity, count: most)
        for index in 0..<count where values[index] > top[most - 1] {
            var place = most - 1
            while place > 0, top[place - 1] < values[index] {
                top[place] = top[place - 1]
                place -= 1
            }
            top[place] = values[index]
        }
    }
}

/// The distances that an edge may have from where it was, closer to each other the nearer they are to none (arXiv 2410.13842, equation 5;
/// transformers' `weighting_function`), in units of a box's size over `scale`.
struct EdgeDistances {
    let values: [Float]
    private let scale: Float

    /// `bins`, which is even, and at least 4, is one less than there are distances.
    init(bins: Int, up: Float, scale: Float) {
        let (reach, middle) = (Double(abs(up)) * Double(abs(scale)), bins / 2)
        let step = pow(reach + 1, 2 / Double(bins - 2))
        values = (0...bins).map { index in
            let places = abs(index - middle)
            let distance = places == middle ? 2 * reach : pow(step, Double(places)) - 1
            return Float(index < middle ? -distance : distance)
        }
        self.scale = abs(scale)
    }

    /// Boxes whose edges are where their distributions expect them (`DFineIntegral`, `distance2bbox`).
    ///
    /// - Parameters:
    ///   - shares: `[4 * queries, distances]`: of the left, upper, right and lower edge.
    ///   - initial: `[queries, 4]`: centre and size.
    ///   - boxes: `[queries, 4]`, written.
    func callAsFunction(_ shares: Tensor, around initial: Tensor, into boxes: Tensor) {
        for query in 0..<boxes.shape[0] {
            let (from, to) = (initial.pointer + 4 * query, boxes.pointer + 4 * query)
            for axis in 0..<2 {
                let (centre, unit) = (from[axis], from[2 + axis] / scale)
                let low = centre - (0.5 * scale + expectation(shares, 4 * query + axis)) * unit
                let high = centre + (0.5 * scale + expectation(shares, 4 * query + 2 + axis)) * unit
                to[axis] = (low + high) / 2
                to[2 + axis] = high - low
            }
        }
    }

    private func expectation(_ shares: Tensor, _ row: Int) -> Float {
        let row = shares.pointer + row * values.count
        return values.indices.reduce(0) { $0 + row[$1] * values[$1] }
    }
}
