internal import CKernels
import Glibc

/// Numbers in a grid: contiguous fp32 of up to four dimensions, the last one fastest, aligned to a cache line; or the rows of a
/// product's left side in another precision, as words.
///
/// A tensor is a view of storage that others may share, so a result that must outlive the network's next call is copied with
/// `array`. Not Sendable for the same reason: it stays on the thread that owns the network.
package final class Tensor {
    package let shape: [Int]
    /// The numbers it holds; all but linear layers, layer norms and attention want fp32.
    package let precision: Precision
    package let count: Int
    private let storage: Storage
    private let offset: Int

    /// The memory, freed with its last view.
    private final class Storage {
        let base: UnsafeMutablePointer<Float>

        init(count: Int) { base = ck_allocate(count) }

        deinit { free(base) }
    }

    /// A tensor of zeros. Check a shape from outside with `elements(of:)` first.
    package convenience init(_ shape: [Int], _ precision: Precision = .fp32) {
        guard shape.count <= 4, let count = Self.elements(of: shape) else {
            preconditionFailure("a tensor has up to four dimensions and fits into memory, unlike \(shape)")
        }
        precondition(precision == .fp32 || shape.count == 2, "a tensor of words is a matrix, not \(shape)")
        let words = precision == .fp32 ? count : shape[0] * precision.words(shape[1])
        self.init(shape, precision, Storage(count: words), offset: 0)
    }

    /// How many numbers a tensor of this shape holds; nil where a dimension is negative or no memory could hold them.
    package static func elements(of shape: [Int]) -> Int? {
        var count = 1
        for side in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: side)
            guard side >= 0, !overflows, product <= Int.max / 8 else { return nil }
            count = product
        }
        return count
    }

    package convenience init(_ shape: [Int], _ values: some Collection<Float>) {
        self.init(shape)
        precondition(values.count == count, "\(values.count) values do not fill a tensor of shape \(shape)")
        _ = UnsafeMutableBufferPointer(start: pointer, count: count).initialize(from: values)
    }

    private init(_ shape: [Int], _ precision: Precision, _ storage: Storage, offset: Int) {
        self.shape = shape
        self.precision = precision
        count = shape.reduce(1, *)
        self.storage = storage
        self.offset = offset
    }

    /// Words of a row of a matrix.
    var rowWords: Int { precision.words(shape[1]) }

    /// The first element, or word; valid while this tensor or another view of its storage lives.
    package var pointer: UnsafeMutablePointer<Float> { storage.base + offset }

    /// The same elements, differently counted.
    package func reshaped(_ shape: [Int]) -> Tensor {
        precondition(
            shape.reduce(1, *) == count && precision == .fp32, "a tensor of shape \(self.shape) cannot become \(shape)")
        return Tensor(shape, precision, storage, offset: offset)
    }

    /// The first `length` elements along the first dimension, without a copy.
    package func prefix(_ length: Int) -> Tensor { slice(0..<length) }

    /// The elements of `range` along the first dimension, without a copy.
    package func slice(_ range: Range<Int>) -> Tensor {
        precondition(!shape.isEmpty && range.lowerBound >= 0 && range.upperBound <= shape[0], "\(range) is outside \(shape)")
        let stride = precision == .fp32 ? shape.dropFirst().reduce(1, *) : rowWords
        return Tensor([range.count] + shape.dropFirst(), precision, storage, offset: offset + range.lowerBound * stride)
    }

    /// Copies the elements of `other`, which has the same shape.
    package func fill(from other: Tensor) {
        precondition(
            other.shape == shape && precision == .fp32 && other.precision == .fp32,
            "a tensor of shape \(other.shape) does not fill one of \(shape)")
        pointer.update(from: other.pointer, count: count)
    }

    /// The sums of two tensors of this shape, element by element.
    package func fill(sumOf left: Tensor, _ right: Tensor) {
        precondition(
            left.shape == shape && right.shape == shape && [self, left, right].allSatisfy { $0.precision == .fp32 },
            "tensors of shape \(left.shape) and \(right.shape) make none of \(shape)")
        let (result, left, right) = (pointer, left.pointer, right.pointer)
        for index in 0..<count { result[index] = left[index] + right[index] }
    }

    package func withUnsafeMutableBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(precision == .fp32, "words are no elements")
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeMutableBufferPointer(start: pointer, count: count))
    }

    /// Whether every element is a number: neither NaN nor infinite.
    package var isFinite: Bool {
        withUnsafeMutableBufferPointer { elements in
            // The exponents' bits, all of them set where one is no number: this runs over a vector at a time.
            let exponent: UInt32 = 0x7F80_0000
            return elements.reduce(0) { max($0, $1.bitPattern & exponent) } != exponent
        }
    }

    /// A copy of the elements.
    package var array: [Float] { withUnsafeMutableBufferPointer { Array($0) } }
}

extension Tensor {
    /// `[rows, columns]` to `[columns, rows]`, a copy.
    package var transposed: Tensor {
        precondition(shape.count == 2)
        let (rows, columns) = (shape[0], shape[1])
        let result = Tensor([columns, rows])
        for row in 0..<rows {
            for column in 0..<columns { result.pointer[column * rows + row] = pointer[row * columns + column] }
        }
        return result
    }
}
