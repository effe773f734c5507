import Glibc
import Kernels

/// What becomes of the chosen queries.
protocol QueryDecoder {
    /// Changes `queries` `[queries, width]` and `boxes` `[queries, 4]` (centre and size in shares of the picture); writes `logits`
    /// `[queries, classes]`.
    func callAsFunction(_ queries: Tensor, boxes: Tensor, _ maps: EncodedMaps, into logits: Tensor, _ arena: FeatureArena)
}

/// RT-DETR's decoder: every layer lets the queries see each other and the picture, then moves their boxes (`RTDetrDecoder`).
struct RTDETRDecoder {
    private let layers: [DecoderLayer]
    /// Of each layer: how its queries' boxes move.
    private let boxes: [PredictionHead]
    /// Positions of boxes.
    private let positions: PredictionHead
    /// Of the last layer; those of the layers before it serve training.
    private let classes: Linear

    init(_ configuration: RTDETRConfiguration, heads: PredictionNames, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.width
        var layers: [DecoderLayer] = []
        var boxes: [PredictionHead] = []
        for index in 0..<configuration.decoderLayers {
            layers.append(try DecoderLayer("model.decoder.layers.\(index)", configuration, parameters))
            boxes.append(try PredictionHead(heads.boxes[index], widths: [width, width, width, 4], parameters))
        }
        self.layers = layers
        self.boxes = boxes
        positions = try PredictionHead("model.decoder.query_pos_head", widths: [4, 2 * width, width], parameters)
        classes = try Linear(
            heads.classes, inputs: width, outputs: configuration.labels.count,
            parameters,
            precision: .fp32)
    }

}

extension RTDETRDecoder: QueryDecoder {
    func callAsFunction(_ queries: Tensor, boxes: Tensor, _ maps: EncodedMaps, into logits: Tensor, _ arena: FeatureArena) {
        let (positions, moves) = (arena.tensor(queries.shape), arena.tensor(boxes.shape))
        for (index, layer) in layers.enumerated() {
            self.positions(boxes, into: positions, arena)
            layer(queries, positions: positions, boxes: boxes, maps, arena)
            self.boxes[index](queries, into: moves, arena)
            for value in 0..<boxes.count {
                boxes.pointer[value] = sigmoid(moves.pointer[value] + inverseSigmoid(boxes.pointer[value]))
            }
        }
        classes(queries, into: logits)
    }
}

/// One layer of the decoder: `RTDetrDecoderLayer`.
final class DecoderLayer {
    private let selfAttention: PositionedAttention
    private let selfAttentionNorm: LayerNorm
    private let crossAttention: DeformableAttention
    private let value: Linear
    private let output: Linear
    private let crossAttentionNorm: LayerNorm
    private let perceptron: Perceptron
    private let norm: LayerNorm

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.width
        selfAttention = try PositionedAttention(
            "\(name).self_attn", width: width, heads: configuration.decoderHeads,
            last: configuration.names.attentionOutput, parameters)
        selfAttentionNorm = try configuration.norm("\(name).self_attn_layer_norm", width, parameters)
        crossAttention = try DeformableAttention("\(name).encoder_attn", configuration, parameters)
        value = try Linear("\(name).encoder_attn.value_proj", inputs: width, outputs: width, parameters)
        output = try Linear("\(name).encoder_attn.output_proj", inputs: width, outputs: width, parameters)
        crossAttentionNorm = try configuration.norm("\(name).encoder_attn_layer_norm", width, parameters)
        perceptron = try Perceptron(
            name, width: width, hidden: configuration.decoderHidden, activation: configuration.decoderActivation,
            names: configuration.names, parameters)
        norm = try configuration.norm("\(name).final_layer_norm", width, parameters)
    }

    /// Changes the queries `[queries, width]`; `positions` has their shape, `boxes` is `[queries, 4]`.
    func callAsFunction(_ x: Tensor, positions: Tensor, boxes: Tensor, _ maps: EncodedMaps, _ arena: FeatureArena) {
        selfAttention(x, positions: positions, arena)
        selfAttentionNorm(x, into: x)
        arena.scope {
            let (queries, values) = (arena.tensor(x.shape), arena.tensor(maps.places.shape))
            queries.fill(sumOf: x, positions)
            value(maps.places, into: values)
            crossAttention(queries, boxes: boxes, values, sizes: maps.sizes, into: queries, arena)
            output(queries, into: x, adding: true)
        }
        crossAttentionNorm(x, into: x)
        perceptron(x, addingTo: x)
        norm(x, into: x)
    }
}

/// Linear layers one after the other, with a ReLU between them unless another activation is given: `RTDetrMLPPredictionHead`, `DFineMLP`. It computes in fp32 always: its results are
/// places, which would move.
struct PredictionHead {
    private let layers: [Linear]
    private let widths: [Int]

    init(
        _ name: String, widths: [Int], between: Activation = .relu, last: Activation = .none, _ parameters: any Parameters
    ) throws(KernelsError) {
        var layers: [Linear] = []
        for index in 0..<widths.count - 1 {
            layers.append(
                try Linear(
                    "\(name).layers.\(index)", inputs: widths[index], outputs: widths[index + 1], parameters,
                    activation: index < widths.count - 2 ? between : last, precision: .fp32))
        }
        self.layers = layers
        self.widths = widths
    }

    /// `[rows, widths.first]` -> `y` `[rows, widths.last]`; with `adding`, it is added to what `y` holds.
    func callAsFunction(_ x: Tensor, into y: Tensor, adding: Bool = false, _ arena: FeatureArena) {
        arena.scope {
            var way = x
            for (index, layer) in layers.enumerated() {
                let isLast = index == layers.count - 1
                let next = isLast ? y : arena.tensor([x.shape[0], widths[index + 1]])
                layer(way, into: next, adding: isLast && adding)
                way = next
            }
        }
    }
}

func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

/// Of what lies between 1e-5 and 1 - 1e-5, or its nearest end: transformers' `inverse_sigmoid`.
func inverseSigmoid(_ x: Float) -> Float {
    let share = min(max(x, 0), 1)
    return log(max(share, 1e-5) / max(1 - share, 1e-5))
}
