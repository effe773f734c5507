import FoundationEssentials

/// Walks over the fields of one protobuf message (protobuf.dev, "Encoding"). Every length is checked against what is there, so a
/// cut or hostile file ends in `Malformed`, never outside the data.
struct ProtobufReader {
    struct Malformed: Error {}

    enum Value {
        case number(UInt64)
        case bytes(Data)
        case other
    }

    private var rest: Data

    /// - Parameter message: bytes that stay where they are: the parts that are given are views of them.
    init(_ message: Data) { rest = message }

    /// The next field's number and value, nil at the end of the message.
    mutating func next() throws(Malformed) -> (field: UInt64, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let key = try varint()
        switch key & 7 {
        case 0: return (key >> 3, .number(try varint()))
        case 1: _ = try take(8)
        case 2: return (key >> 3, .bytes(try take(try varint())))
        case 5: _ = try take(4)
        default: throw Malformed()
        }
        return (key >> 3, .other)
    }

    /// The next of the integers that a packed field is made of.
    mutating func nextPacked() throws(Malformed) -> Int? {
        rest.isEmpty ? nil : Int(truncatingIfNeeded: try varint())
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed() }
            result |= UInt64(clamping: byte & 0x7f) << shift
            if byte < 0x80 { return result }
        }
        throw Malformed()
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> Data {
        guard count <= UInt64(clamping: rest.count) else { throw Malformed() }
        let length = Int(clamping: count)
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}

extension ProtobufReader.Value {
    var text: String? {
        guard case .bytes(let data) = self else { return nil }
        return String(data: data, encoding: .utf8)
    }

    /// The integers of a repeated field's occurrence: one, or many packed, but no more than ONNX has use for.
    func integers() throws(ProtobufReader.Malformed) -> [Int] {
        switch self {
        case .number(let value): return [Int(truncatingIfNeeded: value)]
        case .other: return []
        case .bytes(let packed):
            var reader = ProtobufReader(packed)
            var result: [Int] = []
            while let value = try reader.nextPacked() {
                guard result.count < 64 else { throw ProtobufReader.Malformed() }
                result.append(value)
            }
            return result
        }
    }
}
