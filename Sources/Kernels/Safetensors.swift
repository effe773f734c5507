import Basics
import FoundationEssentials

/// A file in the safetensors format, mapped into memory: eight bytes with the length of a JSON header, the header (for each
/// tensor its type, shape and place), the numbers.
///
/// Everything that the header claims is checked on opening, as the reference implementation does
/// (`SafeTensors::deserialize`): places lie inside the file, neither overlap nor leave gaps, and are as long as shape and
/// type say; no name comes twice.
struct Safetensors {
    let path: String
    let entries: [String: Entry]
    private let data: Data
    private let start: Int

    struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    /// The largest file: ViTPose-H takes 2.5 GiB.
    static let largest = 4 << 30
    /// The largest header; that of ViTPose-H takes 60 kB.
    static let largestHeader = 4 << 20

    init(contentsOf file: URL) throws(KernelsError) {
        path = file.path
        do { data = try mapped(file: file.path, atMost: Self.largest) } catch {
            throw KernelsError(description: "cannot read the weights \(file.path): \(Self.whereElse(file) ?? error.description)")
        }
        if isGitLFSPointer(data.prefix(64)) { throw KernelsError(description: "\(path): \(gitLFSAdvice)") }
        guard data.count >= 8 else { throw Self.broken(path, "it is only \(data.count) bytes long") }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(clamping: data.count - 8) else {
            throw Self.broken(path, "its header claims \(length) bytes, the file has \(data.count - 8) after it")
        }
        guard length <= Self.largestHeader else {
            throw Self.broken(path, "its header of \(length) bytes is larger than \(Self.largestHeader >> 20) MiB")
        }
        start = 8 + Int(clamping: length)
        let json = data[data.startIndex + 8..<data.startIndex + start]
        do { entries = try JSONDecoder().decode(Header.self, from: json).entries } catch {
            throw Self.broken(path, "its header is not that of a safetensors file")
        }
        if let name = duplicate(in: topLevelKeys(Array(json))) { throw Self.broken(path, "its header names \(name) twice") }
        try checkPlaces()
    }

    /// Writes the numbers of a tensor as fp32 to `values`, which has room for them.
    func read(_ entry: Entry, named name: String, into values: UnsafeMutablePointer<Float>) throws(KernelsError) {
        let place = start + entry.dataOffsets[0]..<start + entry.dataOffsets[1]
        let known = data.withUnsafeBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes[place])
            func each<Number>(_ type: Number.Type, _ value: (Number) -> Float) -> Bool {
                let size = MemoryLayout<Number>.size
                for index in 0..<bytes.count / size {
                    values[index] = value(bytes.loadUnaligned(fromByteOffset: index * size, as: Number.self))
                }
                return true
            }
            return switch entry.dtype {
            case "F32": each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
            case "F16": each(UInt16.self) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
            case "BF16": each(UInt16.self) { Float(bitPattern: UInt32(clamping: UInt16(littleEndian: $0)) << 16) }
            default: false
            }
        }
        guard known else { throw Self.broken(path, "\(name) is of type \(entry.dtype), not F32, F16 or BF16") }
    }

    /// What lies in the folder instead of the file: the weights in another form.
    private static func whereElse(_ file: URL) -> String? {
        let folder = file.deletingLastPathComponent()
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }
        if has(file.lastPathComponent) { return nil }
        if has("\(file.lastPathComponent).index.json") {
            return "they are in several files (\(file.lastPathComponent).index.json), and posed reads one: write them as one, "
                + "for example with save_pretrained(…, max_shard_size=\"4GB\") of transformers"
        }
        if has("pytorch_model.bin") {
            return
                "there is pytorch_model.bin only, and posed reads safetensors: write them so with save_pretrained of transformers"
        }
        return nil
    }

    private func checkPlaces() throws(KernelsError) {
        let size = data.count - start
        var end = 0
        for (name, entry) in entries {
            let offsets = entry.dataOffsets
            guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
                throw Self.broken(path, "\(name) lies at \(offsets), which is no range")
            }
        }
        let inOrder = entries.sorted {
            let (left, right) = ($0.value.dataOffsets, $1.value.dataOffsets)
            return (left[0], left[1], $0.key) < (right[0], right[1], $1.key)
        }
        for (name, entry) in inOrder {
            let offsets = entry.dataOffsets
            guard offsets[1] <= size else {
                throw Self.broken(path, "\(name) ends at byte \(offsets[1]) of the numbers, the file has \(size) of them")
            }
            guard offsets[0] >= end else { throw Self.broken(path, "\(name) overlaps the tensor before it") }
            guard offsets[0] == end else { throw Self.broken(path, "there is a gap before \(name)") }
            guard let bytes = Self.bytes[entry.dtype] else {
                throw Self.broken(path, "\(name) is of the unknown type \(entry.dtype)")
            }
            var claimed = bytes
            for side in entry.shape {
                let (product, overflow) = claimed.multipliedReportingOverflow(by: side)
                guard side >= 0, !overflow else { throw Self.broken(path, "\(name) has the impossible shape \(entry.shape)") }
                claimed = product
            }
            guard claimed == offsets[1] - offsets[0] else {
                throw Self.broken(
                    path,
                    "\(name) of type \(entry.dtype) and shape \(entry.shape) takes \(claimed) bytes, not "
                        + "\(offsets[1] - offsets[0])")
            }
            end = offsets[1]
        }
        guard end == size else { throw Self.broken(path, "\(size - end) bytes at its end belong to no tensor") }
    }

    private static let bytes = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2, "U32": 4, "I32": 4,
        "F32": 4, "U64": 8, "I64": 8, "F64": 8,
    ]

    private static func broken(_ path: String, _ complaint: String) -> KernelsError {
        KernelsError(description: "the weights \(path) are damaged: \(complaint)")
    }
}

private struct Header: Decodable {
    let entries: [String: Safetensors.Entry]

    private struct Name: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        entries = try Dictionary(
            container.allKeys.filter { $0.stringValue != "__metadata__" }
                .map { ($0.stringValue, try container.decode(Safetensors.Entry.self, forKey: $0)) },
            uniquingKeysWith: { first, _ in first })
    }
}

/// The keys of a JSON object that is known to be well formed, as written; a decoder would not tell of one that comes twice.
private func topLevelKeys(_ json: [UInt8]) -> [Substring] {
    var keys: [Substring] = []
    var (depth, index) = (0, 0)
    var isKey = true
    while index < json.count {
        switch json[index] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: ","): isKey = true
        case UInt8(ascii: ":"): isKey = false
        case UInt8(ascii: "\""):
            let start = index + 1
            index += 1
            while index < json.count, json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
            if depth == 1, isKey { keys.append(Substring(decoding: json[start..<min(index, json.count)], as: UTF8.self)) }
        default: break
        }
        index += 1
    }
    return keys
}

private func duplicate(in names: [Substring]) -> Substring? {
    var seen: Set<Substring> = []
    return names.first { !seen.insert($0).inserted }
}
