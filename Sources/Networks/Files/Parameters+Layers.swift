import Kernels

// Layers of the parameters that stand under a name.

extension LayerNorm {
    init(_ name: String, width: Int, epsilon: Float, _ parameters: any Parameters) throws(KernelsError) {
        self.init(
            gain: try parameters.tensor("\(name).weight", shape: [width]),
            bias: try parameters.tensor("\(name).bias", shape: [width]), epsilon: epsilon)
    }
}

extension Linear {
    /// In the network's precision unless another one is given.
    init(
        _ name: String, inputs: Int, outputs: Int, _ parameters: any Parameters, activation: Activation = .none,
        precision: Precision? = nil
    ) throws(KernelsError) {
        self.init(
            weight: try parameters.tensor("\(name).weight", shape: [outputs, inputs]),
            bias: try parameters.tensor("\(name).bias", shape: [outputs]), activation: activation,
            precision: precision ?? parameters.precision)
    }
}

extension BatchNorm {
    init(_ name: String, channels: Int, epsilon: Float, _ parameters: any Parameters) throws(KernelsError) {
        try self.init(
            name,
            gain: try parameters.tensor("\(name).weight", shape: [channels]),
            bias: try parameters.tensor("\(name).bias", shape: [channels]),
            mean: try parameters.tensor("\(name).running_mean", shape: [channels]),
            variance: try parameters.tensor("\(name).running_var", shape: [channels]), epsilon: epsilon)
    }
}

extension ConvolutionWeights {
    /// A convolution without a bias, padded so that a stride of 1 keeps the size, and the batch norm after it. A kernel of even size has
    /// the one zero more below and to the right.
    init(
        _ name: String, norm: String, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
        epsilon: Float,
        _ parameters: any Parameters
    ) throws(KernelsError) {
        let (weight, bias) = try BatchNorm(norm, channels: outputs, epsilon: epsilon, parameters)
            .folded(into: try parameters.tensor("\(name).weight", shape: [outputs, inputs / groups, kernel, kernel]))
        self.init(
            weight: weight, bias: bias, stride: stride, padding: (kernel - 1) / 2, paddingAfter: kernel / 2, groups: groups,
            precision: parameters.precision)
    }
}
