import Basics
import FoundationEssentials
import Kernels

/// The convolutions of an ONNX file in the order in which the graph runs them, as the official release of YOLOX stores them: float32,
/// batch norm folded, boxes left undecoded.
struct ONNXConvolutions {
    let convolutions: [ConvolutionWeights]
    let inputWidth: Int
    let inputHeight: Int

    /// Reads a file of at most 512 MiB; YOLOX-x takes 378.
    init(_ file: URL) throws(NetworkError) {
        let data: Data
        do { data = try mapped(file: file.path, atMost: 512 << 20) } catch {
            throw NetworkError("cannot read \(file.path): \(error)")
        }
        try self.init(data, of: file.path)
    }

    init(_ data: Data, of path: String) throws(NetworkError) {
        if isGitLFSPointer(data.prefix(64)) { throw NetworkError("\(path): \(gitLFSAdvice)") }
        let graph: ONNXGraph
        do { graph = try ONNXGraph(data) } catch {
            throw NetworkError("\(path) is not an ONNX file, or not a whole one")
        }
        func foreign(_ why: String) -> NetworkError {
            NetworkError("\(path) is not a YOLOX of the official release: \(why)")
        }

        let operations = Set(graph.nodes.map(\.operation))
        guard operations.contains("Conv") else { throw foreign("it holds no convolution") }
        guard !operations.contains("BatchNormalization") else { throw foreign("its batch norm is not folded") }
        guard !operations.contains("Exp") else { throw foreign("its boxes are decoded already") }
        guard graph.inputShapes.count == 1, graph.inputShapes[0].count == 4, graph.inputShapes[0][1] == 3 else {
            throw foreign("its input is not one of [1, 3, height, width]")
        }
        var tensors = StoredTensors(graph.initializers)
        var convolutions: [ConvolutionWeights] = []
        for node in graph.nodes where node.operation == "Conv" {
            do { convolutions.append(try ConvolutionWeights(node, &tensors)) } catch {
                throw foreign("convolution \(convolutions.count) \(error)")
            }
        }
        self.convolutions = convolutions
        (inputHeight, inputWidth) = (graph.inputShapes[0][2], graph.inputShapes[0][3])
    }
}

extension ConvolutionWeights {
    /// Throws where the node is not a square, evenly padded convolution with stored weights and bias.
    fileprivate init(_ node: ONNXGraph.Node, _ tensors: inout StoredTensors) throws(NetworkError) {
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
private struct StoredTensors {
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
