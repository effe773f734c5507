internal import CKernels

/// Scaled dot-product attention of several heads (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / √depth) v.
///
/// - Parameters:
///   - queryKeyValue: `[batch * tokens, 3 * width]`: queries, keys, values beside each other, heads side by side in each;
///     in bf16 for bf16, of which the depth of a head fills whole words, or else in fp32.
///   - precision: that of the two products.
///   - output: `[batch * tokens, width]`, in the precision of `queryKeyValue`.
package func attention(_ queryKeyValue: Tensor, tokens: Int, heads: Int, in precision: Precision = .fp32, into output: Tensor) {
    let layout = HeadLayout(queryKeyValue, tokens: tokens, heads: heads, in: precision, into: output)
    let (batch, depth, products) = (layout.batch, layout.depth, layout.products)
    let (stride, part) = (queryKeyValue.rowWords, layout.part)
    // A few images are cut into their rows as well, so that every thread has some and, mostly, its own.
    let shares = batch < ThreadBudget.threads ? max(1, min(ThreadBudget.threads, tokens / 48)) : 1
    let rows = (tokens + shares - 1) / shares
    parallel(batch * shares * heads) { index in
        let (share, head) = (index / heads % shares, index % heads)
        let first = index / heads / shares * tokens
        let queries = queryKeyValue.pointer + first * stride + head * layout.words
        products.attention(
            tokens, depth, share * rows, min(tokens, (share + 1) * rows), queries, queries + part, queries + 2 * part,
            stride, 1 / Float(depth).squareRoot(), output.pointer + first * output.rowWords + head * layout.words,
            output.rowWords,
            ck_scratch(CK_OPERATION, products.attention_scratch(tokens, depth)))
    }
}

/// How heads lie in what attention takes and gives.
private struct HeadLayout {
    let products: ck_products
    let batch: Int
    /// Numbers of a head, and in a word.
    let depth: Int
    let numbers: Int
    /// Words of a head, and of all heads' queries, keys or values.
    let words: Int
    let part: Int

    init(_ queryKeyValue: Tensor, tokens: Int, heads: Int, in precision: Precision, into output: Tensor) {
        precondition(output.shape.count == 2 && tokens > 0 && heads > 0, "attention into \(output.shape)")
        let width = output.shape[1]
        batch = output.shape[0] / tokens
        numbers = precision.betweenLayers.numbersInAWord
        products = precision.products!
        depth = width / heads
        (words, part) = (depth / numbers, width / numbers)
        precondition(
            queryKeyValue.shape == [batch * tokens, 3 * width] && output.shape[0] == batch * tokens && width % heads == 0,
            "attention of \(heads) heads over \(tokens) tokens from \(queryKeyValue.shape) into \(output.shape)")
        precondition(
            queryKeyValue.precision == precision.betweenLayers && output.precision == precision.betweenLayers
                && depth.isMultiple(of: numbers), "attention in \(precision) over other words")
    }
}

/// The same within windows of the grid of tokens, and to their means where these are pooled.
///
/// A window's queries, keys and values are copied side by side. The keys and values of means come before them: projections are affine, so
/// the mean of keys is the key of the mean.
package func attention(
    _ queryKeyValue: Tensor, within windows: AttentionWindows, heads: Int, in precision: Precision = .fp32, into output: Tensor
) {
    let tokens = windows.tokens
    let layout = HeadLayout(queryKeyValue, tokens: tokens, heads: heads, in: precision, into: output)
    let (depth, words, part, products) = (layout.depth, layout.words, layout.part, layout.products)
    let pooled = windows.isPooled ? windows.count : 0
    let most = pooled + windows.largest
    parallel(layout.batch * heads) { index in
        let (image, head) = (index / heads, index % heads)
        let source = queryKeyValue.pointer + image * tokens * queryKeyValue.rowWords + head * words
        let target = output.pointer + image * tokens * output.rowWords + head * words
        // [pooled + tokens of a window, 3 * depth], what comes of it, and a mean.
        let gathered = ck_scratch(CK_OPERATION, most * 4 * words + depth + products.attention_scratch(most, depth))
        let (attended, mean) = (gathered + most * 3 * words, gathered + most * 4 * words)
        for window in 0..<pooled {
            for kind in 1...2 {
                windows.mean(of: source + kind * part, stride: queryKeyValue.rowWords, window, depth, layout.numbers, into: mean)
                let row = gathered + (3 * window + kind) * words
                if layout.numbers == 1 {
                    row.update(from: mean, count: depth)
                } else {
                    products.rows_to_words(1, depth, mean, depth, row)
                }
            }
        }
        for window in 0..<windows.count {
            var row = pooled
            windows.forEachRow(of: window) { first, count in
                for token in first..<first + count {
                    for kind in 0..<3 {
                        (gathered + (3 * row + kind) * words)
                            .update(from: source + token * queryKeyValue.rowWords + kind * part, count: words)
                    }
                    row += 1
                }
            }
            products.attention(
                row, depth, pooled, row, gathered, gathered + words, gathered + 2 * words, 3 * words,
                1 / Float(depth).squareRoot(), attended, words, mean + depth)
            row = pooled
            windows.forEachRow(of: window) { first, count in
                for token in first..<first + count {
                    (target + token * output.rowWords).update(from: attended + row * words, count: words)
                    row += 1
                }
            }
        }
    }
}

extension AttentionWindows {
    /// The mean of a window's tokens: of `depth` numbers each, one of fp32 or two of bf16 in a word, the first one in its lower half.
    fileprivate func mean(
        of source: UnsafePointer<Float>, stride: Int, _ window: Int, _ depth: Int, _ numbers: Int,
        into mean: UnsafeMutablePointer<Float>
    ) {
        mean.update(repeating: 0, count: depth)
        var tokens: Float = 0
        forEachRow(of: window) { first, count in
            tokens += Float(count)
            for token in first..<first + count {
                let row = source + token * stride
                for index in 0..<depth {
                    let word = row[index / numbers].bitPattern
                    let bits = numbers == 1 ? word : index.isMultiple(of: 2) ? word << 16 : word & 0xFFFF_0000
                    mean[index] += Float(bitPattern: bits)
                }
            }
        }
        for index in 0..<depth { mean[index] /= tokens }
    }
}
