/// Batch normalisation as it stands in a file: it has no place of its own when a network runs, for it folds into the
/// convolution before it (Ioffe and Szegedy, arXiv 1502.03167).
package struct BatchNorm {
    /// What the channel is multiplied with, and what is then added.
    package let scale: [Float]
    package let shift: [Float]

    /// All `[channels]`. Throws where they make what is no number, as a negative variance does; `name` is for the message.
    package init(
        _ name: String, gain: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
    ) throws(KernelsError) {
        precondition(
            gain.shape.count == 1 && [bias, mean, variance].allSatisfy { $0.shape == gain.shape }, "batch norm of \(gain.shape)")
        let (gain, bias, mean, variance) = (gain.array, bias.array, mean.array, variance.array)
        let scale = gain.indices.map { gain[$0] / (variance[$0] + epsilon).squareRoot() }
        self.scale = scale
        shift = gain.indices.map { bias[$0] - mean[$0] * scale[$0] }
        guard scale.allSatisfy(\.isFinite), shift.allSatisfy(\.isFinite) else {
            throw KernelsError(description: "the batch norm \(name) is damaged: its variance or its epsilon cannot be")
        }
    }

    /// The weight of a convolution `[outputs, …]` and its bias with this folded in.
    package func folded(into weight: Tensor) -> (weight: Tensor, bias: Tensor) {
        precondition(weight.shape.first == scale.count, "batch norm of \(scale.count) channels after \(weight.shape)")
        let size = weight.count / scale.count
        let folded = weight.array.enumerated().map { $1 * scale[$0 / size] }
        return (Tensor(weight.shape, folded), Tensor([shift.count], shift))
    }

    /// The same for a transposed convolution, whose weight is `[inputs, outputs, …]`.
    package func folded(intoTransposed weight: Tensor) -> (weight: Tensor, bias: Tensor) {
        precondition(weight.shape.count > 1 && weight.shape[1] == scale.count, "batch norm after \(weight.shape)")
        let size = weight.count / weight.shape[0] / scale.count
        let folded = weight.array.enumerated().map { $1 * scale[$0 / size % scale.count] }
        return (Tensor(weight.shape, folded), Tensor([shift.count], shift))
    }
}
