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
        /// The integer attributes, for example `strides`.
        var attributes: [String: [Int]] = [:]
    }

    struct Initializer {
        var name = ""
        var shape: [Int] = []
        /// 1 is float.
        var type = 0
        var bytes = Data()
        /// Whether the numbers lie in another file.
        var isExternal = false
    }

    /// Fields of all messages together; YOLOX-x has 30,000.
    private static let maxFields = 500_000

    private(set) var nodes: [Node] = []
    private(set) var initializers: [String: Initializer] = [:]
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
            case (4, _): node.operation = value.text ?? ""
            case (5, .bytes(let attribute)):
                var name = ""
                var integers: [Int] = []
                for (field, value) in try fields(of: attribute) {
                    switch field {
                    case 1: name = value.text ?? ""
                    case 3, 8: integers += try value.integers()
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
