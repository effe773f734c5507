import Foundation
import Kernels

extension YOLOXWeights {
    /// What the folder's `config.json` adds to the parameters.
    private struct Configuration: Decodable {
        let classes: [String]
        /// Height and width.
        let inputSize: [Int]
        let batchNormEpsilon: Float

        enum CodingKeys: String, CodingKey {
            case classes
            case inputSize = "input_size"
            case batchNormEpsilon = "batch_norm_eps"
        }
    }

    /// Reads `config.json` and `model.safetensors`, whose tensors have the names of the official checkpoints; their batch norm is
    /// folded here. How deep the network is and whether it is depthwise is told from the names.
    init(folder: URL) throws(NetworkError) {
        let file = folder.appending(path: "config.json")
        let configuration = try decodeJSON(Configuration.self, from: file)
        guard configuration.inputSize.count == 2 else {
            throw NetworkError("\(file.path): input_size is not [height, width]")
        }
        guard let person = configuration.classes.firstIndex(of: "person") else {
            throw NetworkError("\(file.path): person is not among the classes")
        }
        do {
            let weights = try Weights(contentsOf: folder.appending(path: "model.safetensors"))
            let names = Set(weights.names)
            let depth = (0..<names.count).first { !names.contains("backbone.backbone.dark2.1.m.\($0).conv1.conv.weight") } ?? 0
            let layers = YOLOXLayer.all(
                depth: depth, isDepthwise: names.contains("backbone.backbone.dark2.0.dconv.conv.weight"))
            var convolutions: [ConvolutionWeights] = []
            for layer in layers {
                convolutions.append(try ConvolutionWeights(layer, weights, epsilon: configuration.batchNormEpsilon))
            }
            let told = weights.shape(of: "head.cls_preds.0.weight")?.first
            guard told == configuration.classes.count else {
                throw NetworkError("\(file.path) names \(configuration.classes.count) classes, the weights have \(told ?? 0)")
            }
            try weights.verifyAllUsed { $0.hasSuffix(".num_batches_tracked") }
            self.init(
                convolutions: convolutions, inputWidth: configuration.inputSize[1], inputHeight: configuration.inputSize[0],
                person: person)
        } catch let error as NetworkError {
            throw error
        } catch {
            throw NetworkError("\(error)")
        }
    }
}

extension ConvolutionWeights {
    fileprivate init(_ layer: YOLOXLayer, _ weights: Weights, epsilon: Float) throws {
        let name = layer.isPrediction ? layer.name + ".weight" : layer.name + ".conv.weight"
        let shape = weights.shape(of: name) ?? [0, 0, 0, 0]
        guard shape.count == 4 else { throw NetworkError("\(name) has the shape \(shape), which is not a convolution's") }
        var weight = try weights.tensor(name, shape: shape)
        var bias: Tensor
        if layer.isPrediction {
            bias = try weights.tensor(layer.name + ".bias", shape: [shape[0]])
        } else {
            func statistic(_ name: String) throws -> Tensor { try weights.tensor("\(layer.name).bn.\(name)", shape: [shape[0]]) }
            let norm = BatchNorm(
                gain: try statistic("weight"), bias: try statistic("bias"), mean: try statistic("running_mean"),
                variance: try statistic("running_var"), epsilon: epsilon)
            (weight, bias) = norm.folded(into: weight)
        }
        self.init(
            weight: weight, bias: bias, stride: layer.stride, padding: shape[2] / 2,
            groups: layer.name.hasSuffix(".dconv") ? shape[0] : 1)
    }
}
