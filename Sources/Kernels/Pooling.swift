internal import CKernels

/// The largest of each window of `kernel` × `kernel` around a place, at stride 1; places outside the map do not count.
package func maxPool(_ x: FeatureMap, kernel: Int, into y: FeatureMap) {
    precondition(kernel % 2 == 1 && y.channels == x.channels && y.hasSize(of: x), "a pooled map has the size of its input")
    let window = ck_window(
        height: x.height, width: x.width, ldx: x.stride, kernel_height: kernel, kernel_width: kernel, stride: 1,
        top: -(kernel / 2), left: -(kernel / 2), out_width: x.width)
    parallel(maps: x.batch, x.height, by: 2) { index, rows in
        kernels.max_pool(x.channels, window, rows.lowerBound, rows.upperBound, x.pointer(index), y.pointer(index), y.stride)
    }
}
