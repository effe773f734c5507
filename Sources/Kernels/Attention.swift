internal import CKernels

/// Scaled dot-product attention of several heads (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / √depth) v.
///
/// - Parameters:
///   - queryKeyValue: `[batch * tokens, 3 * width]`: queries, keys, values beside each other, heads side by side in each.
///   - output: `[batch * tokens, width]`, in the same precision or in fp32. The depth of a head fills whole words.
package func attention(_ queryKeyValue: Tensor, tokens: Int, heads: Int, into output: Tensor) {
    precondition(output.shape.count == 2 && tokens > 0 && heads > 0, "attention into \(output.shape)")
    let width = output.shape[1]
    let batch = output.shape[0] / tokens
    precondition(
        queryKeyValue.shape == [batch * tokens, 3 * width] && output.shape[0] == batch * tokens && width % heads == 0,
        "attention of \(heads) heads over \(tokens) tokens from \(queryKeyValue.shape) into \(output.shape)")
    let depth = width / heads
    let products = queryKeyValue.precision.products!
    let isSame = queryKeyValue.precision == output.precision
    precondition((isSame || output.precision == .fp32) && depth % products.per_word == 0, "attention over other words")
    let (stride, part) = (queryKeyValue.rowWords, width / products.per_word)
    // A few images are cut into their rows as well, so that every thread has some and, mostly, its own.
    let shares = batch < ThreadBudget.threads ? max(1, min(ThreadBudget.threads, tokens / 48)) : 1
    let rows = (tokens + shares - 1) / shares
    parallel(batch * shares * heads) { index in
        let (share, head) = (index / heads % shares, index % heads)
        let first = index / heads / shares * tokens
        let queries = queryKeyValue.pointer + first * stride + head * depth / products.per_word
        let column = head * depth / (isSame ? products.per_word : 1)
        products.attention(
            tokens, depth, share * rows, min(tokens, (share + 1) * rows), queries, queries + part, queries + 2 * part,
            stride, 1 / Float(depth).squareRoot(), output.pointer + first * output.rowWords + column, isSame, output.rowWords,
            ck_scratch(CK_OPERATION, products.attention_scratch(tokens, depth)))
    }
}
