import Foundation
import Kernels

/// The convolutions of an ONNX file in the order in which the graph runs them, as the official release of YOLOX stores them: float32,
/// batch norm folded, boxes left undecoded.
struct ONNXConvolutions {
    let convolutions: [ConvolutionWeights]
    let inputWidth: Int
    let inputHeight: Int

    init(_ file: URL) throws(NetworkError) {
        let data: Data
        do { data = try Data(contentsOf: file, options: .mappedIfSafe) } catch {
            throw NetworkError("cannot read \(file.path)")
        }
        try self.init(data, of: file.path)
    }

    init(_ data: Data, of path: String) throws(NetworkError) {
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
        var convolutions: [ConvolutionWeights] = []
        for node in graph.nodes where node.operation == "Conv" {
            guard let convolution = ConvolutionWeights(node, graph.initializers) else {
                throw foreign("convolution \(convolutions.count) is not square, or not stored as float32 with a bias")
            }
            convolutions.append(convolution)
        }
        self.convolutions = convolutions
        (inputHeight, inputWidth) = (graph.inputShapes[0][2], graph.inputShapes[0][3])
    }
}

extension ConvolutionWeights {
    /// Nil where the node is not a square, evenly padded convolution with stored weights and bias.
    fileprivate init?(_ node: ONNXGraph.Node, _ initializers: [String: ONNXGraph.Initializer]) {
        guard node.inputs.count == 3, let weight = initializers[node.inputs[1]], let bias = initializers[node.inputs[2]] else {
            return nil
        }
        let strides = node.attributes["strides"] ?? [1]
        let pads = node.attributes["pads"] ?? [0]
        let groups = node.attributes["group"]?.first ?? 1
        guard let weights = Tensor(weight), let biases = Tensor(bias), weights.shape.count == 4,
            biases.shape == [weights.shape[0]],
            Set(strides).count == 1, Set(pads).count == 1, (1...8).contains(strides[0]), (0...16).contains(pads[0]),
            groups > 0, weights.shape[0] % groups == 0,
            node.attributes["dilations"].map({ Set($0) == [1] }) ?? true
        else { return nil }
        self.init(weight: weights, bias: biases, stride: strides[0], padding: pads[0], groups: groups)
    }
}

extension Tensor {
    /// Nil where it is not float32, or does not hold as many numbers as its shape says.
    fileprivate init?(_ stored: ONNXGraph.Initializer) {
        guard stored.type == 1, (1...4).contains(stored.shape.count), stored.shape.allSatisfy({ $0 > 0 }) else { return nil }
        var count = 1
        for size in stored.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product <= stored.bytes.count else { return nil }
            count = product
        }
        guard stored.bytes.count == count * 4 else { return nil }
        self.init(stored.shape)
        stored.bytes.withUnsafeBytes { bytes in
            withUnsafeMutableBufferPointer { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
        }
    }
}
