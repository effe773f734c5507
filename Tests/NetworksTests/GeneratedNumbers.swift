import Foundation
import Kernels
import TestSupport

/// What the fixture's networks were shown: `[batch, 3, height, width]`.
func generatedImages(_ batch: Int, height: Int, width: Int) -> Tensor {
    let shape = [batch, 3, height, width]
    return Tensor(shape, generated("images", shape.reduce(1, *)).map { $0 * 2 })
}

func largestDifference(_ left: Tensor, _ right: Tensor) -> Float {
    guard left.shape == right.shape else { return .infinity }
    return zip(left.array, right.array).reduce(0) { max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) }
}

/// The numbers of the one tensor, whatever its shape is.
func expectation(_ path: String, _ name: String, of set: String = "networks") throws -> Tensor {
    let weights = try Weights(contentsOf: fixture("\(set)/\(path)"))
    return try weights.tensor(name, shape: weights.shape(of: name) ?? [])
}

struct NetworkFixture: Decodable {
    struct Case: Decodable, Sendable {
        let folder: String
        let height, width: Int
    }
    struct PlusCase: Decodable, Sendable {
        let folder: String
        let height, width: Int
        let datasets: [String]
    }
    struct Windows: Decodable, Sendable {
        let folder: String
        let height, width: Int
        /// Keys of the backbone's configuration, as JSON writes them.
        let kinds: [String: String]
    }
    struct Picture: Decodable { let height, width: Int }

    let vitpose: [Case]
    let resized: Case
    let vitposePlus: [PlusCase]
    let windows: Windows
    let personNano, yoloxNano: Picture

    static func read() throws -> NetworkFixture {
        try JSONDecoder().decode(NetworkFixture.self, from: Data(contentsOf: fixture("networks/manifest.json")))
    }
}
