import Kernels

extension TransformerBlock {
    /// `name` is the prefix of its parameters.
    init(_ name: String, _ configuration: ViTPoseConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let (width, hidden) = (configuration.width, configuration.hidden)
        heads = configuration.heads
        precision = parameters.precision
        normBefore = try LayerNorm("\(name).layernorm_before", configuration, parameters)
        normAfter = try LayerNorm("\(name).layernorm_after", configuration, parameters)
        let weight = Tensor([3 * width, width])
        let bias = Tensor([3 * width])
        for (index, part) in ["query", "key", "value"].enumerated() {
            let prefix = "\(name).attention.attention.\(part)"
            let rows = index * width..<(index + 1) * width
            weight.slice(rows).fill(from: try parameters.tensor("\(prefix).weight", shape: [width, width]))
            if configuration.queryKeyValueBias {
                bias.slice(rows).fill(from: try parameters.tensor("\(prefix).bias", shape: [width]))
            }
        }
        queryKeyValue = Linear(weight: weight, bias: bias, precision: parameters.precision)
        projection = try Linear("\(name).attention.output.dense", inputs: width, outputs: width, parameters)
        perceptron = Perceptron(
            expansion: try Linear("\(name).mlp.fc1", inputs: width, outputs: hidden, parameters, activation: .gelu),
            contraction: try Self.contraction("\(name).mlp", configuration, parameters))
    }

    /// Of ViTPose+, transformers computes what is shared and what is the expert's one by one and joins the outputs, the expert's last;
    /// here their rows are one matrix.
    private static func contraction(
        _ name: String, _ configuration: ViTPoseConfiguration, _ parameters: any Parameters
    ) throws(KernelsError) -> Linear {
        let (width, hidden) = (configuration.width, configuration.hidden)
        guard let experts = configuration.experts else {
            return try Linear("\(name).fc2", inputs: hidden, outputs: width, parameters)
        }
        let (weight, bias) = (Tensor([width, hidden]), Tensor([width]))
        let shared = width - experts.width
        for (part, rows) in [("fc2", 0..<shared), ("experts.\(experts.chosen)", shared..<width)] {
            weight.slice(rows).fill(from: try parameters.tensor("\(name).\(part).weight", shape: [rows.count, hidden]))
            bias.slice(rows).fill(from: try parameters.tensor("\(name).\(part).bias", shape: [rows.count]))
        }
        return Linear(weight: weight, bias: bias, precision: parameters.precision)
    }
}

extension LayerNorm {
    init(_ name: String, _ configuration: ViTPoseConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        try self.init(name, width: configuration.width, epsilon: configuration.layerNormEpsilon, parameters)
    }
}
