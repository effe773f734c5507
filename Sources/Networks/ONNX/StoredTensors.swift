import FoundationEssentials
import Kernels

extension ConvolutionWeights {
    /// Throws where the node is not a square, evenly padded convolution with stored weights and bias.
    init(_ node: ONNXGraph.Node, _ tensors: inout StoredTensors) throws(NetworkError) {
        guard node.inputs.count == 3 else { throw NetworkError("has no weights and bias of its own") }
        let (weight, bias) = (try tensors[node.inputs[1]], try tensors[node.inputs[2]])
        let strides = node.attributes["strides"] ?? [1]
        let pads = node.attributes["pads"] ?? [0]
        let groups = node.attributes["group"]?.first ?? 1
        guard weight.shape.count == 4, bias.shape == [weight.shape[0]],
            Set(strides).count == 1, Set(pads).count == 1, (1...8).contains(strides[0]), (0...16).contains(pads[0]),
            groups > 0, weight.shape[0] % groups == 0, groups <= weight.shape[0],
            node.attributes["dilations"].map({ Set($0) == [1] }) ?? true
        else { throw NetworkError("is not square and evenly padded, or its weights and bias do not fit together") }
        self.init(weight: weight, bias: bias, stride: strides[0], padding: pads[0], groups: groups)
    }
}

/// The tensors of a file by name; each is copied once, however many nodes use it.
struct StoredTensors {
    private let stored: [String: ONNXGraph.Initializer]
    private var copies: [String: Tensor] = [:]

    init(_ stored: [String: ONNXGraph.Initializer]) { self.stored = stored }

    subscript(name: String) -> Tensor {
        mutating get throws(NetworkError) {
            if let copy = copies[name] { return copy }
            guard let stored = stored[name] else { throw NetworkError("needs a tensor that is not stored in the file") }
            let copy = try Self.copy(stored)
            copies[name] = copy
            return copy
        }
    }

    private static func copy(_ stored: ONNXGraph.Initializer) throws(NetworkError) -> Tensor {
        if stored.isExternal {
            throw NetworkError("keeps its numbers in another file (external data): export the network into one file")
        }
        guard stored.type == 1 else { throw NetworkError("is not stored as float32") }
        guard (1...4).contains(stored.shape.count), let count = Tensor.elements(of: stored.shape), count > 0,
            stored.bytes.count == count * 4
        else {
            throw NetworkError("has a tensor of shape \(stored.shape) in \(stored.bytes.count) bytes, which cannot be")
        }
        let copy = Tensor(stored.shape)
        stored.bytes.withUnsafeBytes { bytes in
            copy.withUnsafeMutableBufferPointer { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
        }
        guard copy.isFinite else { throw NetworkError("holds what is no number (NaN or infinite): its weights are damaged") }
        return copy
    }
}
