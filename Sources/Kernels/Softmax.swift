internal import CKernels

/// Each row of a matrix to its softmax, in place.
package func softmax(_ x: Tensor) {
    precondition(x.shape.count == 2 && x.precision == .fp32, "softmax of rows of fp32, not of \(x.shape)")
    let width = x.shape[1]
    parallel(x.shape[0], by: 256) { rows in
        kernels.softmax(rows.count, width, 1, x.pointer + rows.lowerBound * width, width)
    }
}
