import Foundation
import Kernels
import TestSupport
import Testing

/// What PyTorch computes (make_kernels.py).
struct Goldens {
    struct Cases: Decodable {
        struct Linear: Decodable, Sendable { let rows, inputs, outputs: Int }
        struct Attention: Decodable, Sendable { let batch, tokens, heads, depth: Int }
        struct Convolution: Decodable, Sendable {
            let inputs, outputs, kernel, stride, padding, height, width: Int
            let groups: Int?
        }
        struct Enlarged: Decodable, Sendable { let inputs, outputs, scale, height, width: Int }

        let linear: [Linear]
        let attention: [Attention]
        let convolution: [Convolution]
        let deconvolution: [Convolution]
        let enlarged: [Enlarged]
    }

    static let cases: Cases = {
        do {
            return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: fixture("kernels/manifest.json")))
        } catch { fatalError("\(fixture("kernels/manifest.json").path): \(error)") }
    }()

    private let weights: Weights
    private let prefix: String

    init(_ prefix: String) throws {
        weights = try Weights(contentsOf: fixture("kernels/goldens.safetensors"))
        self.prefix = prefix
    }

    func callAsFunction(_ name: String) throws -> Tensor {
        let name = "\(prefix).\(name)"
        return try weights.tensor(name, shape: try #require(weights.shape(of: name), "\(name) is not in the fixture"))
    }

    func map(_ name: String) throws -> FeatureMap { FeatureMap(planes: try self(name)) }
}

extension FeatureMap {
    init(planes: Tensor) {
        let shape = planes.shape
        self.init(batch: shape[0], height: shape[2], width: shape[3], channels: shape[1])
        fill(planes: planes)
    }

    /// In PyTorch's order.
    var planes: Tensor {
        let planes = Tensor([batch, channels, height, width])
        copy(toPlanes: planes)
        return planes
    }
}

/// The largest difference of two tensors of one shape; infinite where one holds what is no number.
func difference(_ left: Tensor, _ right: Tensor) -> Float {
    guard left.shape == right.shape else { return .infinity }
    return zip(left.array, right.array).reduce(0) {
        $1.0 == $1.1 ? $0 : max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1))
    }
}
