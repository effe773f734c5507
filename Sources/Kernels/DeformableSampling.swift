internal import CKernels

/// The middle of multi-scale deformable attention (Zhu et al., arXiv 2010.04159; for boxes, RT-DETR's, arXiv 2304.08069): each head of a query
/// samples a few places of several maps around the query's box, and sums them by their shares.
package struct DeformableSampling {
    /// A map among those that are sampled.
    package struct Level: Equatable, Sendable {
        package let height: Int
        package let width: Int
        /// Places that each head samples of it.
        package let points: Int

        package init(height: Int, width: Int, points: Int) {
            self.height = height
            self.width = width
            self.points = points
        }
    }

    /// How the number at a place is made.
    package enum Method: Sendable {
        /// Of the four pixels around it, with zeros outside the map.
        case bilinear
        /// It is the nearest pixel's: the `discrete` method of RT-DETRv2 (arXiv 2407.17140).
        case nearest
    }

    package let heads: Int
    package let method: Method
    /// A place is `offset * reach / points` of the box's size away from its centre.
    package let reach: Float

    package init(heads: Int, method: Method = .bilinear, reach: Float = 0.5) {
        self.heads = heads
        self.method = method
        self.reach = reach
    }

    /// Over `[heads, points]` for each query, the points level by level:
    ///
    /// - Parameters:
    ///   - values: `[places, heads * depth]`: the maps of the levels, one after the other, row by row.
    ///   - boxes: `[queries, 4]`: centre and size in shares of a map.
    ///   - offsets: `[queries, heads * points * 2]`, x before y.
    ///   - scores: `[queries, heads * points]`; their softmax over the points of a head says how much a place counts. It is left there.
    ///   - output: `[queries, heads * depth]`
    package func callAsFunction(
        _ values: Tensor, _ levels: [Level], boxes: Tensor, offsets: Tensor, scores: Tensor, into output: Tensor
    ) {
        let (queries, width) = (boxes.shape[0], values.shape[1])
        let points = levels.reduce(0) { $0 + $1.points }
        precondition(
            values.shape == [levels.reduce(0) { $0 + $1.height * $1.width }, width] && boxes.shape == [queries, 4]
                && width % heads == 0 && levels.allSatisfy { min($0.height, $0.width, $0.points) > 0 }
                && offsets.shape == [queries, heads * points * 2] && scores.shape == [queries, heads * points]
                && output.shape == [queries, width]
                && [values, boxes, offsets, scores, output].allSatisfy { $0.precision == .fp32 },
            "deformable attention of \(heads) heads over \(values.shape) from \(offsets.shape) into \(output.shape)")
        let levels = levels.map { ck_level(height: $0.height, width: $0.width, points: $0.points) }
        parallel(queries, by: 16) { range in
            kernels.deformable(
                heads, width / heads, levels, levels.count, method == .nearest, reach, range.lowerBound, range.upperBound,
                values.pointer, boxes.pointer, offsets.pointer, scores.pointer, output.pointer)
        }
    }
}
