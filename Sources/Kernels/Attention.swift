internal import CKernels

/// Scaled dot-product attention of several heads (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / √depth) v.
///
/// - Parameters:
///   - queryKeyValue: `[batch * tokens, 3 * width]`: queries, keys, values beside each other, heads side by side in each;
///     in bf16 for bf16, of which the depth of a head fills whole words, or else in fp32.
///   - precision: that of the two products.
///   - output: `[batch * tokens, width]`, in the precision of `queryKeyValue`.
package func attention(_ queryKeyValue: Tensor, tokens: Int, heads: Int, in precision: Precision = .fp32, into output: Tensor) {
    precondition(output.shape.count == 2 && tokens > 0 && heads > 0, "attention into \(output.shape)")
    let width = output.shape[1]
    let batch = output.shape[0] / tokens
    precondition(
        queryKeyValue.shape == [batch * tokens, 3 * width] && output.shape[0] == batch * tokens && width % heads == 0,
        "attention of \(heads) heads over \(tokens) tokens from \(queryKeyValue.shape) into \(output.shape)")
    let depth = width / heads
    let products = precision.products!
    let numbers = precision.betweenLayers.numbersInAWord
    precondition(
        queryKeyValue.precision == precision.betweenLayers && output.precision == precision.betweenLayers
            && depth.isMultiple(of: numbers), "attention in \(precision) over other words")
    let (stride, part) = (queryKeyValue.rowWords, width / numbers)
    // A few images are cut into their rows as well, so that every thread has some and, mostly, its own.
    let shares = batch < ThreadBudget.threads ? max(1, min(ThreadBudget.threads, tokens / 48)) : 1
    let rows = (tokens + shares - 1) / shares
    parallel(batch * shares * heads) { index in
        let (share, head) = (index / heads % shares, index % heads)
        let first = index / heads / shares * tokens
        let queries = queryKeyValue.pointer + first * stride + head * depth / numbers
        products.attention(
            tokens, depth, share * rows, min(tokens, (share + 1) * rows), queries, queries + part, queries + 2 * part,
            stride, 1 / Float(depth).squareRoot(), output.pointer + first * output.rowWords + head * depth / numbers,
            output.rowWords,
            ck_scratch(CK_OPERATION, products.attention_scratch(tokens, depth)))
    }
}
