internal import CKernels

/// The numbers that a network's matrix products multiply. Sums, norms, softmax and activations are fp32 in every precision.
package enum Precision: String, Sendable, CaseIterable {
    case fp32
    /// The upper half of an fp32: 8 bits of mantissa. The weights take half the memory.
    case bf16

    /// Whether the processor has instructions for it.
    package var isAvailable: Bool { products != nil }

    /// How many numbers a word of 32 bits holds.
    package var numbersInAWord: Int { products?.per_word ?? 1 }

    /// Words that so many numbers fill.
    func words(_ count: Int) -> Int { (count + numbersInAWord - 1) / numbersInAWord }

    /// Nil where the processor has no instructions for it.
    var products: ck_products? {
        switch self {
        case .fp32: kernels.fp32.pointee
        case .bf16: kernels.bf16?.pointee
        }
    }
}
