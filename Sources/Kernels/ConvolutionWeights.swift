/// A convolution as it stands in a file, batch norm already folded in.
package struct ConvolutionWeights {
    /// `[outputs, inputs / groups, height, width]`
    package let weight: Tensor
    /// `[outputs]`
    package let bias: Tensor
    package let stride: Int
    /// Zeros above and to the left, and below and to the right.
    package let padding: Int
    package let paddingAfter: Int
    package let groups: Int
    /// The precision to multiply in.
    package var precision: Precision

    /// Without `paddingAfter`, `padding` is that of each side.
    package init(
        weight: Tensor, bias: Tensor, stride: Int = 1, padding: Int = 0, paddingAfter: Int? = nil, groups: Int = 1,
        precision: Precision = .fp32
    ) {
        precondition(weight.shape.count == 4 && bias.shape == [weight.shape[0]], "weight \(weight.shape), bias \(bias.shape)")
        precondition(
            stride > 0 && padding >= 0 && paddingAfter ?? 0 >= 0 && groups > 0 && weight.shape[0] % groups == 0,
            "impossible convolution")
        self.weight = weight
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self.paddingAfter = paddingAfter ?? padding
        self.groups = groups
        self.precision = precision
    }

    /// Two convolutions of the same input as one, whose outputs are those of the first, then those of the second.
    package init(_ first: ConvolutionWeights, _ second: ConvolutionWeights) {
        precondition(
            first.weight.shape.dropFirst() == second.weight.shape.dropFirst() && first.groups == 1 && second.groups == 1
                && first.stride == second.stride && first.padding == second.padding
                && first.paddingAfter == second.paddingAfter, "two convolutions that are not alike")
        func joined(_ one: Tensor, _ other: Tensor) -> Tensor {
            let both = Tensor([one.shape[0] + other.shape[0]] + one.shape.dropFirst())
            both.prefix(one.shape[0]).fill(from: one)
            both.slice(one.shape[0]..<both.shape[0]).fill(from: other)
            return both
        }
        self.init(
            weight: joined(first.weight, second.weight), bias: joined(first.bias, second.bias), stride: first.stride,
            padding: first.padding, paddingAfter: first.paddingAfter, precision: first.precision)
    }

    package var outputs: Int { weight.shape[0] }
    package var inputs: Int { weight.shape[1] * groups }
    /// Height and width of the window.
    package var kernel: (height: Int, width: Int) { (weight.shape[2], weight.shape[3]) }
    /// Whether every channel has a filter of its own.
    package var isDepthwise: Bool { groups > 1 && groups == inputs && groups == outputs }
}
