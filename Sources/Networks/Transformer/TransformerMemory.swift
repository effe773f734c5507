import Kernels

/// The memory of a transformer's blocks, for some images at once.
struct TransformerMemory: ImageMemory {
    let batch: Int
    let tokensPerImage: Int
    /// The stream that the blocks add to, `[batch * tokens, width]` as all that follow.
    let tokens: Tensor
    /// What is multiplied next is in the network's precision, or in one that it can be rounded from.
    let normed: Tensor
    /// `[batch * tokens, 3 * width]`
    let queryKeyValue: Tensor
    let attended: Tensor

    init(batch: Int, tokensPerImage: Int, width: Int, _ precision: Precision) {
        let rows = batch * tokensPerImage
        self.batch = batch
        self.tokensPerImage = tokensPerImage
        tokens = Tensor([rows, width])
        normed = Tensor([rows, width], precision)
        queryKeyValue = Tensor([rows, 3 * width], precision.betweenLayers)
        attended = Tensor([rows, width], precision.betweenLayers)
    }

    private init(_ whole: TransformerMemory, batch: Int) {
        let rows = batch * whole.tokensPerImage
        self.batch = batch
        tokensPerImage = whole.tokensPerImage
        tokens = whole.tokens.prefix(rows)
        normed = whole.normed.prefix(rows)
        queryKeyValue = whole.queryKeyValue.prefix(rows)
        attended = whole.attended.prefix(rows)
    }

    func prefix(_ batch: Int) -> TransformerMemory { TransformerMemory(self, batch: batch) }
}
