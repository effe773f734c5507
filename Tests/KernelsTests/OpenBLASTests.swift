import CKernels
import TestSupport
import Testing

@testable import Kernels

/// Products of ours against those of OpenBLAS: a second opinion that shares no line with the first.
@Suite(.enabled(if: openBLAS != nil, "libopenblas.so.0 is not installed")) struct OpenBLASTests {
    /// `epilogue(x · weightᵀ)`: the left side with five floats after each row, and the columns in two parts.
    private func product(
        _ form: ck_kernels, _ x: [Float], _ weight: [Float], rows: Int, depth: Int, columns: Int, onto start: [Float],
        _ epilogue: ck_epilogue
    ) -> [Float] {
        let products = form.fp32.pointee
        var (packed, y) = ([Float](repeating: 0, count: products.packed_count(columns, depth)), start)
        products.pack(columns, depth, weight, depth, &packed)
        let middle = min(columns, form.tile_columns)
        for (first, last) in [(0, middle), (middle, columns)] where first < last {
            products.gemm(rows, first, last, depth, x, false, depth + 5, packed, columns, &y, columns, epilogue)
        }
        return y
    }

    /// Rows, depths and columns beside the tiles', and ones that are summed in strips.
    @Test(arguments: [
        (1, 1, 1), (3, 7, 5), (13, 33, 17), (25, 192, 96), (24, 193, 47), (97, 769, 129), (5, 3001, 70), (200, 64, 33),
    ]) func bothMultiplyTheSame(rows: Int, depth: Int, columns: Int) throws {
        let other = try #require(openBLAS).pointee
        let (x, weight) = (numbers(rows * (depth + 5), 1), numbers(columns * depth, 2))
        let (bias, residual) = (Tensor([columns], numbers(columns, 3)), Tensor([rows, columns], numbers(rows * columns, 4)))
        let start = numbers(rows * columns, 5)
        let whole = ck_epilogue(
            bias: bias.pointer, activation: CK_GELU, accumulate: false, words: false, residual: residual.pointer,
            ldresidual: columns, bounds: ck_bounds())
        var added = ck_epilogue()
        added.accumulate = true
        for epilogue in [ck_epilogue(), added, whole] {
            let expected = product(other, x, weight, rows: rows, depth: depth, columns: columns, onto: start, epilogue)
            let largest = expected.map { abs($0) }.max() ?? 0
            var index = 0
            while let form = ck_form(index)?.pointee {
                let y = product(form, x, weight, rows: rows, depth: depth, columns: columns, onto: start, epilogue)
                let error = difference(Tensor([y.count], y), Tensor([y.count], expected))
                #expect(error <= 2e-6 * max(1, largest), "\(String(cString: form.name))")
                index += 1
            }
        }
    }
}
