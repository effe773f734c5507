internal import CKernels

/// Scaled dot-product attention of several heads (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / √depth) v.
///
/// - Parameters:
///   - queryKeyValue: `[batch * tokens, 3 * width]`: queries, keys, values beside each other, heads side by side in each.
///   - output: `[batch * tokens, width]`, in the same precision; the depth of a head fills whole words of it.
package func attention(_ queryKeyValue: Tensor, tokens: Int, heads: Int, into output: Tensor) {
    precondition(output.shape.count == 2 && tokens > 0 && heads > 0, "attention into \(output.shape)")
    let width = output.shape[1]
    let batch = output.shape[0] / tokens
    precondition(
        queryKeyValue.shape == [batch * tokens, 3 * width] && output.shape[0] == batch * tokens && width % heads == 0,
        "attention of \(heads) heads over \(tokens) tokens from \(queryKeyValue.shape) into \(output.shape)")
    let depth = width / heads
    let products = output.precision.products!
    precondition(queryKeyValue.precision == output.precision && depth % products.per_word == 0, "attention over other words")
    let (stride, words) = (queryKeyValue.rowWords, output.rowWords)
    // A few images are cut into their rows as well, so that every thread has some and, mostly, its own.
    let parts = batch < ThreadBudget.threads ? max(1, min(ThreadBudget.threads, tokens / 48)) : 1
    let rows = (tokens + parts - 1) / parts
    parallel(batch * parts * heads) { index in
        let (part, head) = (index / heads % parts, index % heads)
        let first = index / heads / parts * tokens
        let column = head * depth / products.per_word
        let queries = queryKeyValue.pointer + first * stride + column
        products.attention(
            tokens, depth, part * rows, min(tokens, (part + 1) * rows), queries, queries + words, queries + 2 * words,
            stride, 1 / Float(depth).squareRoot(), output.pointer + first * words + column, words,
            ck_scratch(CK_OPERATION, products.attention_scratch(tokens, depth)))
    }
}
