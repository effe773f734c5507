import Kernels

/// One layer of the decoder of D-FINE or DEIMv2: the queries see each other and the picture, and a gate weighs what they knew against
/// what they saw (`DFineDecoderLayer`, `Deimv2DecoderLayer`). The maps are sampled as they are, without projections.
final class DFINEDecoderLayer {
    private let selfAttention: PositionedAttention
    private let selfAttentionNorm: QueryNorm
    private let crossAttention: DeformableAttention
    private let merge: Merge
    private let perceptron: FeedForward
    private let norm: QueryNorm

    /// What becomes of what a query knew and what it saw.
    private enum Merge {
        case gate(Gate)
        case sum(QueryNorm)
    }

    private enum FeedForward {
        case perceptron(Perceptron)
        case gated(GatedPerceptron)
    }

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.width
        let isSecond = configuration.family == .deimV2
        func norm(_ part: String) throws(KernelsError) -> QueryNorm {
            try QueryNorm("\(name).\(part)", configuration, epsilon: configuration.layerNormEpsilon, parameters)
        }
        selfAttention = try PositionedAttention(
            "\(name).self_attn", width: width, heads: configuration.decoderHeads, last: configuration.names.attentionOutput,
            parameters)
        selfAttentionNorm = try norm("self_attn_layer_norm")
        crossAttention = try DeformableAttention("\(name).encoder_attn", configuration, parameters)
        merge =
            configuration.hasGate
            ? .gate(try Gate("\(name).gateway", configuration, parameters)) : .sum(try norm("encoder_attn_layer_norm"))
        perceptron =
            isSecond
            ? .gated(try GatedPerceptron("\(name).mlp", width: width, hidden: configuration.decoderHidden / 2, parameters))
            : .perceptron(
                try Perceptron(
                    name, width: width, hidden: configuration.decoderHidden, activation: configuration.decoderActivation,
                    names: configuration.names, parameters))
        self.norm = try norm("final_layer_norm")
    }

    /// Changes the queries `[queries, width]`; `positions` has their shape, `boxes` is `[queries, 4]`.
    func callAsFunction(_ x: Tensor, positions: Tensor, boxes: Tensor, _ maps: EncodedMaps, _ arena: FeatureArena) {
        selfAttention(x, positions: positions, arena)
        selfAttentionNorm(x, into: x)
        arena.scope {
            let seen = arena.tensor(x.shape)
            seen.fill(sumOf: x, positions)
            crossAttention(seen, boxes: boxes, maps.places, sizes: maps.sizes, into: seen, arena)
            switch merge {
            case .gate(let gate): gate(x, seen, arena)
            case .sum(let norm):
                x.fill(sumOf: x, seen)
                norm(x, into: x)
            }
        }
        switch perceptron {
        case .perceptron(let perceptron): perceptron(x, addingTo: x)
        case .gated(let perceptron): perceptron(x, addingTo: x, arena)
        }
        norm(x, into: x)
    }
}

/// The norm of a family: D-FINE's layer norm, or DEIMv2's RMS norm, whose epsilon is a constant (`Deimv2RMSNorm`).
private enum QueryNorm {
    case layer(LayerNorm)
    case rms(RMSNorm)

    init(
        _ name: String, _ configuration: RTDETRConfiguration, epsilon: Float, _ parameters: any Parameters
    ) throws(KernelsError) {
        self =
            configuration.family == .deimV2
            ? .rms(RMSNorm(gain: try parameters.tensor("\(name).weight", shape: [configuration.width]), epsilon: 1e-6))
            : .layer(try LayerNorm(name, width: configuration.width, epsilon: epsilon, parameters))
    }

    func callAsFunction(_ x: Tensor, into y: Tensor) {
        switch self {
        case .layer(let norm): norm(x, into: y)
        case .rms(let norm): norm(x, into: y)
        }
    }
}

/// Weighs two rows against each other, number by number, by what a linear layer makes of both (`DFineGate`).
private struct Gate {
    private let gate: Linear
    private let norm: QueryNorm
    private let width: Int

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        width = configuration.width
        gate = try Linear("\(name).gate", inputs: 2 * width, outputs: 2 * width, parameters, activation: .sigmoid)
        // Its epsilon is PyTorch's, whatever the configuration says.
        norm = try QueryNorm("\(name).norm", configuration, epsilon: 1e-5, parameters)
    }

    /// Changes `x` `[rows, width]`; `other` has its shape.
    func callAsFunction(_ x: Tensor, _ other: Tensor, _ arena: FeatureArena) {
        arena.scope {
            let rows = x.shape[0]
            let (both, weights) = (arena.tensor([rows, 2 * width]), arena.tensor([rows, 2 * width]))
            for row in 0..<rows {
                let joint = both.pointer + row * 2 * width
                joint.update(from: x.pointer + row * width, count: width)
                (joint + width).update(from: other.pointer + row * width, count: width)
            }
            gate(both, into: weights)
            for row in 0..<rows {
                let (weight, values) = (weights.pointer + row * 2 * width, both.pointer + row * 2 * width)
                let y = x.pointer + row * width
                for index in 0..<width {
                    y[index] = weight[index] * values[index] + weight[width + index] * values[width + index]
                }
            }
            norm(x, into: x)
        }
    }
}

/// A perceptron whose hidden layer is the product of two linear ones, the first with SiLU: SwiGLU (Shazeer, arXiv 2002.05202;
/// `Deimv2SwiGLUFFN`).
private struct GatedPerceptron {
    private let gate: Linear
    private let expansion: Linear
    private let contraction: Linear
    private let hidden: Int

    init(_ name: String, width: Int, hidden: Int, _ parameters: any Parameters) throws(KernelsError) {
        self.hidden = hidden
        gate = try Linear("\(name).gate_proj", inputs: width, outputs: hidden, parameters, activation: .silu)
        expansion = try Linear("\(name).up_proj", inputs: width, outputs: hidden, parameters)
        contraction = try Linear("\(name).down_proj", inputs: hidden, outputs: width, parameters)
    }

    /// `[rows, width]`; the result is added to `y`, which may be `x`.
    func callAsFunction(_ x: Tensor, addingTo y: Tensor, _ arena: FeatureArena) {
        arena.scope {
            let (weights, values) = (arena.tensor([x.shape[0], hidden]), arena.tensor([x.shape[0], hidden]))
            gate(x, into: weights)
            expansion(x, into: values)
            let (left, right) = (weights.pointer, values.pointer)
            for index in 0..<values.count { right[index] *= left[index] }
            contraction(values, into: y, adding: true)
        }
    }
}
