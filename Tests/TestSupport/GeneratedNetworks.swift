import Foundation

/// Numbers from -1 to 1: SplitMix64, seeded with the FNV-1a hash of the name, as make_networks.py has it.
public func generated(_ name: String, _ count: Int) -> [Float] {
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
public func generatedFolder(_ name: String, of set: String = "networks") throws -> URL {
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

/// Numbers that keep a network's signal alive, as make_networks.py has them.
public func parameter(_ name: String, _ shape: [Int]) -> [Float] {
    let values = generated(name, shape.reduce(1, *))
    // D-FINE's and DEIMv2's: scales of either sign, a reach as they have it, distributions with peaks, positions that are clamped.
    if name.hasSuffix(".lab.scale") { return values.map { 1 + $0 * 1.2 } }
    if name.hasSuffix(".decoder.up") { return values.map { (1 + $0 / 2) * 0.5 } }
    if name.hasSuffix(".decoder.reg_scale") { return values.map { (1 + $0 / 2) * 4 } }
    if name.hasSuffix("query_pos_head.layers.2.bias") { return values.map { $0 * 12 } }
    if name.contains("bbox_embed"), name.hasSuffix(".layers.2.weight"), shape[0] > 4 {
        let scale = Float(8 / Double(shape[1]).squareRoot())
        return values.map { $0 * scale }
    }
    if name.hasSuffix("running_var") || (shape.count == 1 && name.hasSuffix("weight")) { return values.map { 1 + $0 / 2 } }
    guard shape.count > 1, !name.hasSuffix("position_embeddings") else { return values.map { $0 / 4 } }
    let scale = Float(2 / Double(shape.dropFirst().reduce(1, *)).squareRoot())
    return values.map { $0 * scale }
}
