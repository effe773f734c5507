import Kernels

/// One block of the transformer: attention, then a perceptron, each before a residual connection and after a layer norm.
struct TransformerBlock {
    let normBefore: LayerNorm
    /// Queries, keys and values in one product.
    let queryKeyValue: Linear
    let projection: Linear
    let normAfter: LayerNorm
    let perceptron: Perceptron
    let heads: Int
    let precision: Precision
    /// What attention stays within; nil where every token attends to all.
    var windows: AttentionWindows?

    /// Changes the tokens in place.
    func callAsFunction(_ memory: TransformerMemory) {
        normBefore(memory.tokens, into: memory.normed)
        queryKeyValue(memory.normed, into: memory.queryKeyValue)
        if let windows {
            attention(memory.queryKeyValue, within: windows, heads: heads, in: precision, into: memory.attended)
        } else {
            attention(memory.queryKeyValue, tokens: memory.tokensPerImage, heads: heads, in: precision, into: memory.attended)
        }
        projection(memory.attended, into: memory.tokens, adding: true)
        normAfter(memory.tokens, into: memory.normed)
        perceptron(memory.normed, addingTo: memory.tokens)
    }
}
