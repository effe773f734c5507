import FoundationEssentials
import Kernels

/// Convolutions from a safetensors file with the names of the official checkpoints: `NAME.conv.weight` and `NAME.bn.*`, which is
/// folded in here; `NAME.weight` and `NAME.bias` for predictions.
struct NamedConvolutions: ConvolutionSource {
    private let weights: Weights
    private let epsilon: Float

    init(_ file: URL, batchNormEpsilon: Float, precision: Precision = .fp32) throws(NetworkError) {
        epsilon = batchNormEpsilon
        do { weights = try Weights(contentsOf: file, precision: precision) } catch { throw NetworkError(error.description) }
    }

    /// The network's shape, told from which tensors there are; wrong guesses show when the network asks for them.
    func configuration(classes: Int) -> YOLOXConfiguration {
        let stage = "backbone.backbone.dark2"
        func has(_ name: String) -> Bool { weights.shape(of: name) != nil }
        return YOLOXConfiguration(
            width: weights.shape(of: "backbone.backbone.stem.conv.conv.weight")?.first ?? 0,
            depth: (0..<100).first { !has("\(stage).1.m.\($0).conv1.conv.weight") } ?? 0,
            isDepthwise: has("\(stage).0.dconv.conv.weight"), classes: classes)
    }

    func next(_ shape: ConvolutionShape) throws(NetworkError) -> ConvolutionWeights {
        do {
            let (weight, bias) = try weightAndBias(shape)
            return ConvolutionWeights(
                weight: weight, bias: bias, stride: shape.stride, padding: shape.kernel / 2, groups: shape.groups,
                precision: weights.precision)
        } catch {
            throw NetworkError(error.description)
        }
    }

    func verifyAllUsed() throws(NetworkError) {
        // How many batches the statistics were gathered over has no part in inference.
        do { try weights.verifyAllUsed { $0.hasSuffix(".num_batches_tracked") } } catch { throw NetworkError(error.description) }
    }

    private func weightAndBias(_ shape: ConvolutionShape) throws(KernelsError) -> (weight: Tensor, bias: Tensor) {
        let channels = [shape.outputs]
        if weights.shape(of: "\(shape.name).bias") != nil {
            return (
                try weights.tensor("\(shape.name).weight", shape: shape.weight),
                try weights.tensor("\(shape.name).bias", shape: channels)
            )
        }
        let norm = try BatchNorm(
            "\(shape.name).bn",
            gain: try weights.tensor("\(shape.name).bn.weight", shape: channels),
            bias: try weights.tensor("\(shape.name).bn.bias", shape: channels),
            mean: try weights.tensor("\(shape.name).bn.running_mean", shape: channels),
            variance: try weights.tensor("\(shape.name).bn.running_var", shape: channels), epsilon: epsilon)
        return norm.folded(into: try weights.tensor("\(shape.name).conv.weight", shape: shape.weight))
    }
}
