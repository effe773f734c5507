import FoundationEssentials
import Kernels

/// The convolutions of an ONNX file in the order in which the graph runs them, as the official release of YOLOX stores them: float32,
/// batch norm folded, boxes left undecoded.
struct ONNXConvolutions {
    let convolutions: [ConvolutionWeights]
    let inputWidth: Int
    let inputHeight: Int

    init(_ file: URL) throws(NetworkError) { try self.init(try ONNXGraph(contentsOf: file), of: file.path) }

    init(_ data: Data, of path: String) throws(NetworkError) { try self.init(try ONNXGraph(data, of: path), of: path) }

    private init(_ graph: ONNXGraph, of path: String) throws(NetworkError) {
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
