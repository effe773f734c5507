import FoundationEssentials
import Kernels
import PoseTypes

/// TokenPose (Li et al., arXiv 2104.03516): a token for each keypoint goes through a transformer beside those of the image's patches, and
/// becomes the keypoint's heatmap.
///
///     images ── stem ── patches ── + positions ─┐
///                                keypoint tokens ┴─ layers ── keypoint tokens ── perceptron ── heatmaps
///
/// The stem is nothing (T), HRNet's first layers (S), or its first three stages (B, L). L takes the keypoints' tokens out of three places.
package final class TokenPose: ParameterizedNetwork {
    package let configuration: TokenPoseConfiguration
    private let stem: ((FeatureMap, FeatureArena) -> FeatureMap)?
    private let embedding: Linear
    /// `[keypoints, width]`
    private let keypointTokens: Tensor
    /// `[patches, width]`
    private let positions: Tensor
    private let groups: [[TransformerBlock]]
    private let head: [(norm: LayerNorm, linear: Linear)]
    private let precision: Precision
    private var memory = BatchedMemory<TokenPoseMemory>()

    static let layerNormEpsilon: Float = 1e-5

    /// Reads `config.json` and `model.safetensors`, as weights/convert_tokenpose.py writes them: under the names of the published
    /// checkpoints.
    package convenience init(folder: URL, precision: Precision = .fp32) throws(NetworkError) {
        let configuration = try TokenPoseConfiguration(contentsOf: folder.appending(path: "config.json"))
        try verifyHead(of: configuration.width / configuration.heads, fits: precision, in: folder)
        do {
            let weights = try Weights(contentsOf: folder.appending(path: "model.safetensors"), precision: precision)
            try self.init(configuration: configuration, parameters: weights)
            // Batch norm counts its batches in training.
            try weights.verifyAllUsed { $0.hasSuffix(".num_batches_tracked") }
        } catch {
            throw NetworkError(error.description)
        }
    }

    /// Asks for parameters in the order in which they are computed with.
    init(configuration: TokenPoseConfiguration, parameters: any Parameters) throws(KernelsError) {
        self.configuration = configuration
        precision = parameters.precision
        let width = configuration.width
        switch configuration.stem {
        case .none: stem = nil
        case .convolutional:
            let stem = try ConvolutionalStem("features", parameters)
            self.stem = { stem($0, $1) }
        case .hrnet(let width):
            let stem = try HRNet("pre_feature", width: width, parameters)
            self.stem = { stem($0, $1) }
        }
        let name = configuration.prefix
        embedding = try Linear(
            "\(name).patch_to_embedding", inputs: configuration.numbersInAPatch, outputs: width, parameters)
        keypointTokens = try parameters.tensor("\(name).keypoint_token", shape: [1, configuration.keypoints, width])
            .reshaped([configuration.keypoints, width])
        positions = try parameters.tensor("\(name).pos_embedding", shape: [1, configuration.patches, width])
            .reshaped([configuration.patches, width])
        var groups: [[TransformerBlock]] = []
        for (group, depth) in configuration.depths.enumerated() {
            var blocks: [TransformerBlock] = []
            let place = configuration.depths.count == 1 ? "transformer" : "transformer\(group + 1)"
            for index in 0..<depth {
                blocks.append(try TransformerBlock("\(name).\(place).layers.\(index)", configuration, parameters))
            }
            groups.append(blocks)
        }
        self.groups = groups
        let widths = configuration.headWidths
        var head: [(LayerNorm, Linear)] = []
        for index in 0..<widths.count - 1 {
            head.append(
                (
                    try LayerNorm(
                        "\(name).mlp_head.\(2 * index)", width: widths[index], epsilon: Self.layerNormEpsilon, parameters),
                    try Linear(
                        "\(name).mlp_head.\(2 * index + 1)", inputs: widths[index], outputs: widths[index + 1], parameters,
                        precision: Self.precision(ofHeadLayer: index, of: widths.count - 1, in: parameters.precision))
                ))
        }
        self.head = head
    }

    /// An error of int8 in the last layer would show in the heatmaps.
    static func precision(ofHeadLayer index: Int, of count: Int, in precision: Precision) -> Precision {
        index == count - 1 ? precision.betweenLayers : precision
    }

    /// Images `[batch, 3, height, width]`, normalised -> heatmaps `[batch, keypoints, height / 4, width / 4]`.
    ///
    /// The result is the network's own storage, valid until the next call.
    package func callAsFunction(_ images: Tensor) -> Tensor {
        expect(images)
        return memory.run(
            images, outputShape: [configuration.keypoints, heatmapSize.height, heatmapSize.width],
            make: { TokenPoseMemory(configuration, batch: $0, precision) }, { run($0, $1, into: $2) })
    }

    private func run(_ images: Tensor, _ memory: TokenPoseMemory, into heatmaps: Tensor) {
        memory.arena.reset()
        memory.images.fill(planes: images)
        let map = stem?(memory.images, memory.arena) ?? memory.images
        map.cut((configuration.patchHeight, configuration.patchWidth), into: memory.patches)
        for image in 0..<memory.batch {
            keypoints(image, memory).fill(from: keypointTokens)
            embedding(
                memory.patches.slice(image * configuration.patches..<(image + 1) * configuration.patches),
                into: patches(image, memory))
        }
        addPositions(memory)
        for (group, blocks) in groups.enumerated() {
            for (index, block) in blocks.enumerated() {
                if index > 0 { addPositions(memory) }
                block(memory.transformer)
            }
            keep(group, memory)
        }
        for (index, (norm, linear)) in head.enumerated() {
            norm(memory.keypoints[index], into: memory.normed[index])
            let isLast = index == head.count - 1
            linear(
                memory.normed[index],
                into: isLast
                    ? heatmaps.reshaped([memory.batch * configuration.keypoints, configuration.headWidths[index + 1]])
                    : memory.keypoints[index + 1])
        }
    }

    /// The tokens of an image's keypoints, which are its first.
    private func keypoints(_ image: Int, _ memory: TokenPoseMemory) -> Tensor {
        let first = image * memory.transformer.tokensPerImage
        return memory.transformer.tokens.slice(first..<first + configuration.keypoints)
    }

    /// Those of its patches.
    private func patches(_ image: Int, _ memory: TokenPoseMemory) -> Tensor {
        let first = image * memory.transformer.tokensPerImage + configuration.keypoints
        return memory.transformer.tokens.slice(first..<first + configuration.patches)
    }

    private func addPositions(_ memory: TokenPoseMemory) {
        parallel(memory.batch) { image in
            let tokens = patches(image, memory)
            tokens.fill(sumOf: tokens, positions)
        }
    }

    /// Copies the keypoints' tokens to the place of a group's.
    private func keep(_ group: Int, _ memory: TokenPoseMemory) {
        let (width, all) = (configuration.width, groups.count * configuration.width)
        for image in 0..<memory.batch {
            let tokens = keypoints(image, memory)
            for keypoint in 0..<configuration.keypoints {
                let to = memory.keypoints[0].pointer + (image * configuration.keypoints + keypoint) * all + group * width
                to.update(from: tokens.pointer + keypoint * width, count: width)
            }
        }
    }
}

extension TokenPose: HeatmapNetwork {
    var inputSize: (height: Int, width: Int) { (configuration.imageHeight, configuration.imageWidth) }
    var heatmapSize: (height: Int, width: Int) { (configuration.imageHeight / 4, configuration.imageWidth / 4) }
    var labels: [String] { configuration.labels }
    var edges: [[Int]] { [] }
    var operations: Int { configuration.operations }
}

extension TransformerBlock {
    /// By the names of the published checkpoints; `name` is their prefix.
    fileprivate init(
        _ name: String, _ configuration: TokenPoseConfiguration, _ parameters: any Parameters
    ) throws(KernelsError) {
        let (width, hidden) = (configuration.width, configuration.hidden)
        func norm(_ branch: Int) throws(KernelsError) -> LayerNorm {
            try LayerNorm("\(name).\(branch).fn.norm", width: width, epsilon: TokenPose.layerNormEpsilon, parameters)
        }
        let normBefore = try norm(0)
        let weight = try parameters.tensor("\(name).0.fn.fn.to_qkv.weight", shape: [3 * width, width])
        if configuration.stem == .convolutional {
            // S divides by the root of the width, and `attention` by that of a head's.
            let factor = 1 / Float(configuration.heads).squareRoot()
            weight.prefix(width).withUnsafeMutableBufferPointer { for index in $0.indices { $0[index] *= factor } }
        }
        self.init(
            normBefore: normBefore, queryKeyValue: Linear(weight: weight, bias: nil, precision: parameters.precision),
            projection: try Linear("\(name).0.fn.fn.to_out.0", inputs: width, outputs: width, parameters),
            normAfter: try norm(1),
            perceptron: Perceptron(
                expansion: try Linear("\(name).1.fn.fn.net.0", inputs: width, outputs: hidden, parameters, activation: .gelu),
                contraction: try Linear("\(name).1.fn.fn.net.3", inputs: hidden, outputs: width, parameters)),
            heads: configuration.heads, precision: parameters.precision)
    }
}
