import Glibc
import Kernels

/// Self-attention whose queries and keys know where they are, and whose values do not: `RTDetrSelfAttention`.
struct PositionedAttention {
    private let queryKey: Convolution
    private let value: Convolution
    private let output: Linear
    private let heads: Int
    private let width: Int

    /// `last` is what the file calls the last layer.
    init(_ name: String, width: Int, heads: Int, last: String, _ parameters: any Parameters) throws(KernelsError) {
        self.heads = heads
        self.width = width
        /// Linear layers beside each other, as the convolution that they are.
        func pixelwise(_ parts: [String]) throws(KernelsError) -> Convolution {
            let weight = Tensor([parts.count * width, width, 1, 1])
            let bias = Tensor([parts.count * width])
            for (index, part) in parts.enumerated() {
                let rows = index * width..<(index + 1) * width
                weight.slice(rows).reshaped([width, width])
                    .fill(from: try parameters.tensor("\(name).\(part).weight", shape: [width, width]))
                bias.slice(rows).fill(from: try parameters.tensor("\(name).\(part).bias", shape: [width]))
            }
            return Convolution(ConvolutionWeights(weight: weight, bias: bias, precision: parameters.precision))
        }
        queryKey = try pixelwise(["q_proj", "k_proj"])
        value = try pixelwise(["v_proj"])
        output = try Linear("\(name).\(last)", inputs: width, outputs: width, parameters)
    }

    /// Adds to `x` `[tokens, width]` what its tokens take from each other; `positions` has its shape, or is nil.
    func callAsFunction(_ x: Tensor, positions: Tensor?, _ arena: FeatureArena) {
        arena.scope {
            let tokens = x.shape[0]
            let output = arena.tensor(x.shape)
            if let positions { output.fill(sumOf: x, positions) }
            let positioned = positions == nil ? x : output
            let queryKeyValue = arena.tensor([tokens, 3 * width])
            queryKey(positioned.row, into: queryKeyValue.row.channels(0..<2 * width))
            value(x.row, into: queryKeyValue.row.channels(2 * width..<3 * width))
            attention(queryKeyValue, tokens: tokens, heads: heads, into: output)
            self.output(output, into: x, adding: true)
        }
    }
}

/// One layer of AIFI: attention, then a perceptron, each with a residual connection and a layer norm after it (`RTDetrEncoderLayer`).
struct EncoderLayer {
    private let attention: PositionedAttention
    private let attentionNorm: LayerNorm
    private let perceptron: Perceptron
    private let norm: LayerNorm

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.encoderWidth
        attention = try PositionedAttention(
            "\(name).self_attn", width: width, heads: configuration.encoderHeads,
            last: configuration.names.attentionOutput, parameters)
        attentionNorm = try configuration.norm("\(name).self_attn_layer_norm", width, parameters)
        perceptron = try Perceptron(
            name, width: width, hidden: configuration.encoderHidden, activation: configuration.encoderActivation,
            names: configuration.names, parameters)
        norm = try configuration.norm("\(name).final_layer_norm", width, parameters)
    }

    /// Changes the tokens `[tokens, width]`.
    func callAsFunction(_ x: Tensor, positions: Tensor?, _ arena: FeatureArena) {
        attention(x, positions: positions, arena)
        attentionNorm(x, into: x)
        perceptron(x, addingTo: x)
        norm(x, into: x)
    }
}

/// Sines and cosines of a place's row and column, at `width / 4` frequencies each: rows' sines, rows' cosines, columns' sines, columns'
/// cosines (transformers' `build_2d_sinusoidal_position_embedding`). `positions` is `[height * width, channels]`.
func fillSinePositions(_ positions: Tensor, height: Int, width: Int, temperature: Double) {
    let (channels, quarter) = (positions.shape[1], positions.shape[1] / 4)
    for frequency in 0..<quarter {
        let omega = 1 / pow(temperature, Double(frequency) / Double(quarter))
        for row in 0..<height {
            let (sine, cosine) = (Float(sin(Double(row) * omega)), Float(cos(Double(row) * omega)))
            for place in row * width..<(row + 1) * width {
                positions.pointer[place * channels + frequency] = sine
                positions.pointer[place * channels + quarter + frequency] = cosine
            }
        }
        for column in 0..<width {
            let (sine, cosine) = (Float(sin(Double(column) * omega)), Float(cos(Double(column) * omega)))
            for place in stride(from: column, to: height * width, by: width) {
                positions.pointer[place * channels + 2 * quarter + frequency] = sine
                positions.pointer[place * channels + 3 * quarter + frequency] = cosine
            }
        }
    }
}

extension Perceptron {
    init(
        _ name: String, width: Int, hidden: Int, activation: Activation, names: RTDETRConfiguration.Names,
        _ parameters: any Parameters
    ) throws(KernelsError) {
        self.init(
            expansion: try Linear(
                "\(name).\(names.expansion)", inputs: width, outputs: hidden, parameters, activation: activation),
            contraction: try Linear("\(name).\(names.contraction)", inputs: hidden, outputs: width, parameters))
    }
}

extension Tensor {
    /// `[count, width]` as a map of one row.
    var row: FeatureMap { FeatureMap(reshaped([1, 1, shape[0], shape[1]])) }
}

extension RTDETRConfiguration {
    func norm(_ name: String, _ width: Int, _ parameters: any Parameters) throws(KernelsError) -> LayerNorm {
        try LayerNorm(name, width: width, epsilon: layerNormEpsilon, parameters)
    }
}
