import Kernels

/// Where the parameters of a network come from: by name, of a shape that the network asks for.
protocol Parameters {
    /// The precision that the network multiplies in.
    var precision: Precision { get }
    func tensor(_ name: String, shape: [Int]) throws(KernelsError) -> Tensor
    /// Whether there is a tensor of that name, where files have several names for one.
    func has(_ name: String) -> Bool
    /// A convolution without a bias, padded so that a stride of 1 keeps the size, and the batch norm after it.
    func convolution(
        _ name: String, norm: String, inputs: Int, outputs: Int, kernel: Int, stride: Int, epsilon: Float
    ) throws(KernelsError) -> ConvolutionWeights
}

extension Parameters {
    func has(_ name: String) -> Bool { true }

    func convolution(
        _ name: String, norm: String, inputs: Int, outputs: Int, kernel: Int, stride: Int, epsilon: Float
    ) throws(KernelsError) -> ConvolutionWeights {
        try ConvolutionWeights(
            name, norm: norm, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, epsilon: epsilon, self)
    }
}

extension Weights: Parameters {
    func has(_ name: String) -> Bool { shape(of: name) != nil }
}

/// A network that a configuration and parameters make.
protocol ParameterizedNetwork {
    associatedtype Configuration
    init(configuration: Configuration, parameters: any Parameters) throws(KernelsError)
}

extension ParameterizedNetwork {
    /// A network of a certain shape that has learnt nothing: for measuring.
    init(untrained configuration: Configuration, precision: Precision = .fp32) {
        do { try self.init(configuration: configuration, parameters: RandomParameters(precision: precision)) } catch {
            preconditionFailure("random parameters are never missing: \(error)")
        }
    }
}

/// Numbers that mean nothing, the same in every run: for measuring how long a network of a certain shape takes.
struct RandomParameters: Parameters {
    var precision = Precision.fp32

    func tensor(_ name: String, shape: [Int]) -> Tensor {
        let tensor = Tensor(shape)
        // A variance is positive; one that is small would make the numbers grow from layer to layer. Of a network's scales some divide.
        if [".running_var", ".scale", ".reg_scale", ".up"].contains(where: { name.hasSuffix($0) }) {
            tensor.withUnsafeMutableBufferPointer { $0.update(repeating: 1) }
            return tensor
        }
        // Knuth's linear congruential generator (MMIX).
        var state: UInt64 = 1
        tensor.withUnsafeMutableBufferPointer { values in
            for index in values.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                values[index] = (Float(state >> 40) / 16_777_216 - 0.5) * 0.1
            }
        }
        return tensor
    }
}
