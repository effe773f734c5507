internal import CKernels

/// What a layer does to each sum.
package enum Activation: Sendable, Equatable {
    case none
    case relu
    /// x Φ(x), with the error function (Hendrycks and Gimpel, arXiv 1606.08415), within 1e-6.
    case gelu
    /// x times its sigmoid.
    case silu
    case sigmoid
    /// Kept between two numbers.
    case clamp(low: Float, high: Float)

    var code: ck_activation {
        switch self {
        case .none: CK_NONE
        case .relu: CK_RELU
        case .gelu: CK_GELU
        case .silu: CK_SILU
        case .sigmoid: CK_SIGMOID
        case .clamp: CK_CLAMP
        }
    }

    var bounds: ck_bounds {
        if case .clamp(let low, let high) = self { ck_bounds(low: low, high: high) } else { ck_bounds() }
    }

    /// In place.
    package func callAsFunction(_ x: Tensor) {
        parallel(x.count, by: 1 << 14) { range in
            kernels.activate(range.count, x.pointer + range.lowerBound, code, bounds)
        }
    }
}
