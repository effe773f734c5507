internal import CKernels

/// The numbers that a network's matrix products multiply. Sums, norms, softmax and activations are fp32 in every precision.
package enum Precision: String, Sendable, CaseIterable {
    case fp32
    /// The upper half of an fp32: 8 bits of mantissa. The weights take half the memory.
    case bf16
    /// Whole numbers of 8 bits, with a scale for each row of activations, found as they are rounded, and one for each output of the
    /// weights.
    case int8

    /// Whether the processor has instructions for it.
    package var isAvailable: Bool { products != nil }

    /// How many numbers a word of 32 bits holds.
    package var numbersInAWord: Int { products?.per_word ?? 1 }

    /// Words of a row of so many numbers.
    func words(_ count: Int) -> Int { products?.row_words(count) ?? count }

    /// Words of the pieces in which a matrix takes `width` places of so many channels; nil where it takes none.
    func words(ofPieces width: Int, _ channels: Int) -> Int? {
        guard let products, products.slide != nil else { return nil }
        let words = width * ((channels + products.per_word - 1) / products.per_word)
        return (words + products.deep_words - 1) / products.deep_words * products.deep_words
    }

    /// The precision of what lies between layers, and of those that an error of int8 would show through.
    package var betweenLayers: Precision { self == .bf16 ? .bf16 : .fp32 }

    /// Nil where the processor has no instructions for it.
    var products: ck_products? {
        switch self {
        case .fp32: kernels.fp32.pointee
        case .bf16: kernels.bf16?.pointee
        case .int8: kernels.int8?.pointee
        }
    }
}
