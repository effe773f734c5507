internal import CKernels

/// The largest of each window of `kernel` × `kernel` around every `stride`-th place; places outside the map do not count.
package func maxPool(_ x: FeatureMap, kernel: Int, stride: Int = 1, into y: FeatureMap) {
    precondition(kernel % 2 == 1, "a window around a place has an odd side, not \(kernel)")
    pool(x, kernel: kernel, stride: stride, padding: kernel / 2, into: y, kernels.max_pool)
}

/// The largest of each place and its neighbours to the right, below, and between them; past the map's end there are zeros.
package func maxPoolForward(_ x: FeatureMap, into y: FeatureMap) {
    pool(x, kernel: 2, stride: 1, padding: 0, zeros: true, into: y, kernels.max_pool)
}

/// The mean of each square of `size` × `size`; a map whose sides are no multiples of it ends with parts of squares.
package func averagePool(_ x: FeatureMap, size: Int, into y: FeatureMap) {
    pool(x, kernel: size, stride: size, padding: 0, into: y, kernels.average_pool)
}

/// The mean of each window of `kernel` × `kernel` around every `stride`-th place; outside the map there are zeros.
package func averagePool(_ x: FeatureMap, kernel: Int, stride: Int, into y: FeatureMap) {
    precondition(kernel % 2 == 1, "a window around a place has an odd side, not \(kernel)")
    pool(x, kernel: kernel, stride: stride, padding: kernel / 2, zeros: true, into: y, kernels.average_pool)
}

private func pool(
    _ x: FeatureMap, kernel: Int, stride: Int, padding: Int, zeros: Bool = false, into y: FeatureMap,
    _ rows: (Int, ck_window, Bool, Int, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
) {
    precondition(
        y.channels == x.channels && y.batch == x.batch && y.height == (x.height + stride - 1) / stride
            && y.width == (x.width + stride - 1) / stride, "a pooled map has its input's size over \(stride)")
    let window = ck_window(
        height: x.height, width: x.width, ldx: x.stride, kernel_height: kernel, kernel_width: kernel, stride: stride,
        top: -padding, left: -padding, out_width: y.width)
    parallel(maps: x.batch, y.height, by: 2) { index, range in
        rows(x.channels, window, zeros, range.lowerBound, range.upperBound, x.pointer(index), y.pointer(index), y.stride)
    }
}
