import FoundationEssentials
import Kernels

/// The parameters of an ONNX file in the order in which the graph computes with them, for a network that asks for them in that order:
/// exporters leave linear layers' weights without a name, and transposed, and fold batch norms into convolutions.
///
/// Each kind is a list of its own: matrices of `MatMul` and `Gemm`, vectors of `Add`, `Mul` and `LayerNormalization` (biases and gains),
/// convolutions. Numbers are copied when they are asked for.
final class ONNXParameters: Parameters {
    struct Matrix {
        let name: String
        /// Of the linear layer.
        let inputs: Int
        let outputs: Int
        /// Whether the file has it as `[inputs, outputs]`.
        let isTransposed: Bool
    }

    let precision: Precision
    private(set) var matrices: [Matrix] = []
    /// Tensors of three dimensions that are added, and those that other nodes take; each once.
    private(set) var added: [String] = []
    private(set) var joined: [String] = []
    /// The lists that a `Reshape` makes shapes of.
    private(set) var shapes: [[Int]] = []
    var convolutionCount: Int { convolutions.count }
    private var vectors: [String] = []
    private var convolutions: [ONNXGraph.Node] = []
    private let graph: ONNXGraph
    private let path: String
    private var tensors: StoredTensors
    private var next = (matrix: 0, vector: 0, convolution: 0)

    /// `path` is named in errors.
    init(_ graph: ONNXGraph, of path: String, precision: Precision) throws(NetworkError) {
        (self.graph, self.path, self.precision) = (graph, path, precision)
        tensors = StoredTensors(graph.initializers)
        /// Tensors under the names of what a node made of them, and whether that was transposing.
        var made: [String: (name: String, isTransposed: Bool)] = [:]
        var lists: [String: [Int]] = graph.initializers.compactMapValues(\.shortList)
        func stored(_ name: String) -> (name: String, shape: [Int], isTransposed: Bool)? {
            let (name, isTransposed) = made[name] ?? (name, false)
            return graph.initializers[name].map { (name, $0.shape, isTransposed) }
        }
        for node in graph.nodes {
            switch node.operation {
            case "Constant": lists[node.outputs.first ?? ""] = node.constant?.shortList
            case "Reshape": if node.inputs.count == 2, let list = lists[node.inputs[1]] { shapes.append(list) }
            case "Identity", "Transpose":
                if let input = stored(node.inputs.first ?? ""), let output = node.outputs.first {
                    made[output] = (input.name, input.isTransposed != (node.operation == "Transpose"))
                }
            case "Conv": convolutions.append(node)
            case "BatchNormalization":
                throw NetworkError("\(path): its batch norm is not folded: export it in eval mode, with constant folding")
            default:
                for input in node.inputs {
                    guard let (name, shape, isTransposed) = stored(input) else { continue }
                    take(name, shape, isTransposed, of: node)
                }
            }
        }
    }

    private func take(_ name: String, _ shape: [Int], _ isTransposed: Bool, of node: ONNXGraph.Node) {
        let isSum = node.operation == "Add"
        switch (shape.count, node.operation) {
        case (2, "MatMul"), (2, "Gemm"):
            let asLinear = isTransposed != (node.operation == "Gemm" && node.attributes["transB"] == [1])
            matrices.append(
                Matrix(name: name, inputs: shape[asLinear ? 1 : 0], outputs: shape[asLinear ? 0 : 1], isTransposed: !asLinear))
        case (1, "Add"), (1, "Mul"), (1, "LayerNormalization"), (1, "Gemm"): vectors.append(name)
        case (3, _) where !isTransposed:
            if isSum, !added.contains(name) { added.append(name) }
            if !isSum, !joined.contains(name) { joined.append(name) }
        default: break
        }
    }

    /// A stored tensor as it is.
    func stored(_ name: String) throws(NetworkError) -> Tensor {
        do { return try tensors[name] } catch { throw NetworkError("\(path): \(name) \(error)") }
    }

    /// The next vector or matrix; of three dimensions, the first tensor of that shape. `name` is for the message.
    func tensor(_ name: String, shape: [Int]) throws(KernelsError) -> Tensor {
        func wrong(_ found: String) -> KernelsError {
            KernelsError(description: "\(path): \(name) should be of shape \(shape), and in its place \(found)")
        }
        do {
            switch shape.count {
            case 1:
                guard next.vector < vectors.count else { throw wrong("there is nothing") }
                let found = try stored(vectors[next.vector])
                guard found.shape == shape else { throw wrong("is one of \(found.shape)") }
                next.vector += 1
                return found
            case 2:
                guard next.matrix < matrices.count else { throw wrong("there is nothing") }
                let matrix = matrices[next.matrix]
                guard [matrix.outputs, matrix.inputs] == shape else {
                    throw wrong("is one of \([matrix.outputs, matrix.inputs])")
                }
                next.matrix += 1
                let found = try stored(matrix.name)
                return matrix.isTransposed ? found.transposed : found
            default:
                guard let found = (added + joined).first(where: { graph.initializers[$0]?.shape == shape }) else {
                    throw wrong("there is nothing")
                }
                return try stored(found)
            }
        } catch let error as KernelsError { throw error } catch { throw KernelsError(description: "\(error)") }
    }

    /// The next convolution, batch norm folded in.
    func convolution(
        _ name: String, norm: String, inputs: Int, outputs: Int, kernel: Int, stride: Int, epsilon: Float
    ) throws(KernelsError) -> ConvolutionWeights {
        guard next.convolution < convolutions.count else {
            throw KernelsError(description: "\(path): there is no convolution for \(name)")
        }
        var found: ConvolutionWeights
        do { found = try ConvolutionWeights(convolutions[next.convolution], &tensors) } catch {
            throw KernelsError(description: "\(path): convolution \(next.convolution) (\(name)) \(error)")
        }
        guard found.weight.shape == [outputs, inputs, kernel, kernel], found.stride == stride, found.padding == kernel / 2,
            found.groups == 1
        else {
            throw KernelsError(
                description: "\(path): convolution \(next.convolution) should be \(name) of shape "
                    + "\([outputs, inputs, kernel, kernel]), not \(found.weight.shape)")
        }
        next.convolution += 1
        found.precision = precision
        return found
    }

    /// The outputs of a convolution, if there are so many.
    func outputs(ofConvolution index: Int) -> Int? {
        guard convolutions.indices.contains(index), convolutions[index].inputs.count > 1 else { return nil }
        return graph.initializers[convolutions[index].inputs[1]]?.shape.first
    }

    func verifyAllUsed() throws(NetworkError) {
        guard next == (matrices.count, vectors.count, convolutions.count) else {
            throw NetworkError(
                "\(path): \(matrices.count - next.matrix) matrices, \(vectors.count - next.vector) vectors and "
                    + "\(convolutions.count - next.convolution) convolutions are left over")
        }
    }
}
