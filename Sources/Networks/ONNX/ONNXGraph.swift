import Basics
import FoundationEssentials

/// The part of an ONNX file that says what a network is made of: its nodes in the order they run, its stored numbers and the
/// shape of its input. Field numbers are those of `onnx.proto`.
///
/// Memory stays in proportion to what a network needs: the numbers are views of the file, and of the rest no more is taken than
/// `mostFields`, lest a file of empty nodes fill it.
struct ONNXGraph {
    struct Node {
        var operation = ""
        var inputs: [String] = []
        var outputs: [String] = []
        /// The integer attributes, for example `strides`.
        var attributes: [String: [Int]] = [:]
        /// What a `Constant` holds.
        var constant: Initializer?
    }

    struct Initializer {
        var name = ""
        var shape: [Int] = []
        /// 1 is float.
        var type = 0
        var bytes = Data()
        /// Numbers of the type 7 (int64) that are not among the bytes.
        var integers: [Int] = []
        /// Whether the numbers lie in another file.
        var isExternal = false
    }

    /// Fields of all messages together; YOLOX-x has 30,000.
    private static let maxFields = 500_000

    private(set) var nodes: [Node] = []
    var initializers: [String: Initializer] = [:]
    /// The shape of every input that is not stored in the file; 0 for a dimension that is not fixed.
    private(set) var inputShapes: [[Int]] = []

    private var fieldsLeft = maxFields

    init(_ model: Data) throws(ProtobufReader.Malformed) {
        var inputs: [(name: String, shape: [Int])] = []
        for case (7, .bytes(let graph)) in try fields(of: model) {
            for (field, value) in try fields(of: graph) {
                guard case .bytes(let message) = value else { continue }
                switch field {
                case 1: nodes.append(try node(message))
                case 5:
                    let initializer = try initializer(message)
                    initializers[initializer.name] = initializer
                case 11: inputs.append(try input(message))
                default: break
                }
            }
        }
        inputShapes = inputs.filter { initializers[$0.name] == nil }.map(\.shape)
    }

    private mutating func node(_ message: Data) throws(ProtobufReader.Malformed) -> Node {
        var node = Node()
        for (field, value) in try fields(of: message) {
            switch (field, value) {
            case (1, _): node.inputs.append(value.text ?? "")
            case (2, _): node.outputs.append(value.text ?? "")
            case (4, _): node.operation = value.text ?? ""
            case (5, .bytes(let attribute)):
                var name = ""
                var integers: [Int] = []
                for (field, value) in try fields(of: attribute) {
                    switch field {
                    case 1: name = value.text ?? ""
                    case 3, 8: integers += try value.integers()
                    case 5:
                        if case .bytes(let tensor) = value { node.constant = try initializer(tensor) }
                    default: break
                    }
                }
                node.attributes[name] = integers
            default: break
            }
        }
        return node
    }

    private mutating func initializer(_ message: Data) throws(ProtobufReader.Malformed) -> Initializer {
        var result = Initializer()
        for (field, value) in try fields(of: message) {
            switch (field, value) {
            case (1, _): result.shape += try value.integers()
            case (2, _): result.type = try value.integers().first ?? 0
            case (4, .bytes(let floats)), (9, .bytes(let floats)): result.bytes = floats
            case (7, _): result.integers += try value.integers()
            case (8, _): result.name = value.text ?? ""
            case (13, _), (14, .number(1)): result.isExternal = true
            default: break
            }
        }
        return result
    }

    /// ValueInfoProto -> TypeProto (2) -> tensor (1) -> shape (2) -> dim (1) -> value (1).
    private mutating func input(_ message: Data) throws(ProtobufReader.Malformed) -> (name: String, shape: [Int]) {
        var name = ""
        var shape: [Int] = []
        for (field, value) in try fields(of: message) {
            if field == 1 { name = value.text ?? "" }
            guard case (2, .bytes(let type)) = (field, value) else { continue }
            for case (1, .bytes(let tensor)) in try fields(of: type) {
                for case (2, .bytes(let dimensions)) in try fields(of: tensor) {
                    for case (1, .bytes(let dimension)) in try fields(of: dimensions) {
                        var size = 0
                        for case (1, let value) in try fields(of: dimension) { size = try value.integers().first ?? 0 }
                        shape.append(size)
                    }
                }
            }
        }
        return (name, shape)
    }

    private mutating func fields(of message: Data) throws(ProtobufReader.Malformed) -> [(
        field: UInt64, value: ProtobufReader.Value
    )] {
        var reader = ProtobufReader(message)
        var fields: [(UInt64, ProtobufReader.Value)] = []
        while let field = try reader.next() {
            fields.append(field)
            fieldsLeft -= 1
            guard fieldsLeft >= 0 else { throw ProtobufReader.Malformed() }
        }
        return fields
    }
}

extension ONNXGraph {
    /// Reads a file of at most 512 MiB; YOLOX-x takes 378.
    init(contentsOf file: URL) throws(NetworkError) {
        let data: Data
        do { data = try mapped(file: file.path, atMost: 512 << 20) } catch {
            throw NetworkError("cannot read \(file.path): \(error)")
        }
        try self.init(data, of: file.path)
    }

    init(_ data: Data, of path: String) throws(NetworkError) {
        if isGitLFSPointer(data.prefix(64)) { throw NetworkError("\(path): \(gitLFSAdvice)") }
        do { try self.init(data) } catch { throw NetworkError("\(path) is not an ONNX file, or not a whole one") }
    }
}

extension ONNXGraph.Initializer {
    /// The numbers of a short list of the type 7 (int64), for example a shape; nil for other tensors.
    var shortList: [Int]? {
        guard type == 7, bytes.count <= 64, bytes.count % 8 == 0 else { return nil }
        guard !bytes.isEmpty else { return integers }
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map {
                Int(truncatingIfNeeded: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
            }
        }
    }
}
