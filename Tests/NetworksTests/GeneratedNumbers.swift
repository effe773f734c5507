import Foundation
import Kernels
import TestSupport

/// Numbers from -1 to 1: SplitMix64, seeded with the FNV-1a hash of the name, as make_networks.py has it.
func generated(_ name: String, _ count: Int) -> [Float] {
    let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return (1...UInt64(max(count, 1))).map { index in
        var z = seed &+ index &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Float(z >> 40) / 8_388_608 - 1
    }
}

/// A Hugging Face folder put together from the fixture's configuration and header and generated numbers; the caller removes it.
func generatedFolder(_ name: String, of set: String = "networks") throws -> URL {
    struct Entry: Decodable {
        let shape: [Int]
        let dtype: String
        let data_offsets: [Int]
    }
    let source = fixture("\(set)/\(name)")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in ["config.json", "preprocessor_config.json"]
    where FileManager.default.fileExists(atPath: source.appending(path: file).path) {
        try FileManager.default.copyItem(at: source.appending(path: file), to: folder.appending(path: file))
    }

    let header = try Data(contentsOf: source.appending(path: "header.json"))
    let object = try JSONSerialization.jsonObject(with: header) as? [String: Any] ?? [:]
    var entries: [String: Entry] = [:]
    for (key, value) in object where key != "__metadata__" {
        entries[key] = try JSONDecoder().decode(Entry.self, from: JSONSerialization.data(withJSONObject: value))
    }
    var data = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header
    for (name, entry) in entries.sorted(by: { $0.value.data_offsets[0] < $1.value.data_offsets[0] }) {
        if entry.dtype == "F32" {
            parameter(name, entry.shape).withUnsafeBytes { data.append(contentsOf: $0) }
        } else {
            data.append(Data(count: entry.data_offsets[1] - entry.data_offsets[0]))
        }
    }
    try data.write(to: folder.appending(path: "model.safetensors"))
    return folder
}

private func parameter(_ name: String, _ shape: [Int]) -> [Float] {
    let values = generated(name, shape.reduce(1, *))
    if name.hasSuffix("running_var") || (shape.count == 1 && name.hasSuffix("weight")) { return values.map { 1 + $0 / 2 } }
    guard shape.count > 1, !name.hasSuffix("position_embeddings") else { return values.map { $0 / 4 } }
    let scale = Float(2 / Double(shape.dropFirst().reduce(1, *)).squareRoot())
    return values.map { $0 * scale }
}

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
    struct Picture: Decodable { let height, width: Int }

    let vitpose: [Case]
    let resized: Case
    let vitposePlus: [PlusCase]
    let personNano, yoloxNano: Picture

    static func read() throws -> NetworkFixture {
        try JSONDecoder().decode(NetworkFixture.self, from: Data(contentsOf: fixture("networks/manifest.json")))
    }
}
