import Basics
import FoundationEssentials
import PoseTypes

/// The shape of a ViTPose: `config.json` of a Hugging Face folder, with the defaults of transformers' `VitPoseConfig` and
/// `VitPoseBackboneConfig` where a key is absent.
package struct ViTPoseConfiguration: Sendable, Equatable {
    /// Pixels of a crop.
    package var imageHeight = 256
    package var imageWidth = 192
    /// The size that it was trained with, whose grid has a position for each patch; nil where crops have it.
    private(set) var trainedSize: CropSize?
    /// Side of the square that becomes a token.
    package var patch = 16
    package var width = 768
    package var blocks = 12
    package var heads = 12
    /// Width of the hidden layer of a block's perceptron.
    package var hidden = 3072
    /// Nil for a network of one data set.
    var experts: Experts?
    /// Nil where all blocks attend to all tokens.
    var windows: Windows?
    package var layerNormEpsilon: Float = 1e-12
    package var queryKeyValueBias = true
    package var usesSimpleDecoder = true
    /// How much larger than the grid of patches the heatmaps are: 4 with the classic decoder.
    package var scale = 4
    /// One name a keypoint.
    package var labels: [String] = []
    /// Pairs of keypoints that are drawn as limbs; empty where the file has none.
    package var edges: [[Int]] = []

    package init() {}

    /// Throws where the file is missing, is not the configuration of a ViTPose, or asks for more than the limits.
    package init(contentsOf file: URL) throws(NetworkError) {
        try self.init(try decodeJSON(File.self, from: file, isSnakeCase: true), named: file.path)
    }

    /// Takes crops of another size; throws where they are not made of patches, or take more memory than the limits have.
    mutating func resize(to size: CropSize, in folder: URL) throws(NetworkError) {
        guard size != CropSize(height: imageHeight, width: imageWidth) else { return }
        guard size.height % patch == 0, size.width % patch == 0 else {
            throw NetworkError("\(folder.path): an input of \(size) is not made of patches of \(patch)")
        }
        trainedSize = CropSize(height: imageHeight, width: imageWidth)
        (imageHeight, imageWidth) = (size.height, size.width)
        if let complaint = beyondLimits { throw NetworkError("\(folder.path): with an input of \(size) \(complaint)") }
    }

    package var keypoints: Int { labels.count }
    package var gridHeight: Int { imageHeight / patch }
    package var gridWidth: Int { imageWidth / patch }
    package var heatmapHeight: Int { gridHeight * scale }
    package var heatmapWidth: Int { gridWidth * scale }

    /// Floating-point operations in the matrix products for one crop, a multiplication and an addition counted as two. The
    /// simple decoder counts as it is computed here, at the small size.
    package var operations: Int {
        let tokens = gridHeight * gridWidth
        let patches = tokens * width * 3 * patch * patch
        let block = tokens * (4 * width * width + 2 * width * hidden)
        let classic = 16 * tokens * 256 * (width + 4 * 256 + keypoints)
        return 2
            * (patches + blocks * block + 2 * attentionPairs * width
                + (usesSimpleDecoder ? tokens * width * 9 * keypoints : classic))
    }
}

extension ViTPoseConfiguration {
    init(json: Data, named name: String) throws(NetworkError) {
        try self.init(try decodeJSON(File.self, json, named: name, isSnakeCase: true), named: name)
    }

    private init(_ file: File, named name: String) throws(NetworkError) {
        let backbone = file.backboneConfig
        try self.init(backbone, file, named: name)
        func require(_ holds: Bool, _ complaint: String) throws(NetworkError) {
            if !holds { throw NetworkError("\(name): \(complaint)") }
        }
        try require(file.modelType == "vitpose", "model_type is \(file.modelType), not vitpose")
        try require((backbone.numChannels ?? 3) == 3, "num_channels other than 3 is not supported")
        let activation = backbone.hiddenAct ?? "gelu"
        try require(activation == "gelu", "hidden_act \(activation) is not supported, only gelu")
        try require(keypoints > 0, "id2label does not count from 0")
        if let complaint = beyondLimits { throw NetworkError("\(name): \(complaint)") }
        try require(width % heads == 0, "hidden_size \(width) is not a multiple of num_attention_heads \(heads)")
        try require(backbone.patchSize.map { $0.pair.0 == $0.pair.1 } ?? true, "a patch_size that is not square is not supported")
        try require(
            imageHeight % patch == 0 && imageWidth % patch == 0,
            "image_size \(imageHeight)x\(imageWidth) is not made of patches of \(patch)")
        try require(usesSimpleDecoder || scale == 4, "the classic decoder enlarges 4 times, not scale_factor \(scale)")
        try require(
            backbone.outIndices.map { $0.count == 1 && ($0 == [blocks] || $0 == [-1]) } ?? true,
            "out_indices other than the last block (\(blocks)) are not supported")
    }

    private init(_ backbone: File.Backbone, _ file: File, named name: String) throws(NetworkError) {
        (imageHeight, imageWidth) = backbone.imageSize?.pair ?? (imageHeight, imageWidth)
        patch = backbone.patchSize?.pair.0 ?? patch
        width = backbone.hiddenSize ?? width
        blocks = backbone.numHiddenLayers ?? blocks
        heads = backbone.numAttentionHeads ?? heads
        hidden = Int(saturating: Double(width) * (backbone.mlpRatio ?? 4))
        if let count = backbone.numExperts, count != 1 { experts = Experts(count: count, width: backbone.partFeatures ?? 256) }
        layerNormEpsilon = backbone.layerNormEps ?? layerNormEpsilon
        queryKeyValueBias = backbone.qkvBias ?? queryKeyValueBias
        usesSimpleDecoder = file.useSimpleDecoder ?? usesSimpleDecoder
        scale = file.scaleFactor ?? scale
        let named = file.id2label ?? ["0": "LABEL_0", "1": "LABEL_1"]
        let ordered = (0..<named.count).compactMap { named[String($0)] }
        labels = ordered.count == named.count ? ordered : []
        edges = file.edges ?? []
        do { windows = try backbone.windows } catch { throw NetworkError("\(name): \(error)") }
    }

    /// The keys of the file that matter, in camel case.
    private struct File: Decodable {
        let modelType: String
        let backboneConfig: Backbone
        let useSimpleDecoder: Bool?
        let scaleFactor: Int?
        let id2label: [String: String]?
        let edges: [[Int]]?

        struct Backbone: Decodable {
            let imageSize: Size?
            let patchSize: Size?
            let numChannels: Int?
            let hiddenSize: Int?
            let numHiddenLayers: Int?
            let numAttentionHeads: Int?
            let mlpRatio: Double?
            let numExperts: Int?
            let partFeatures: Int?
            let hiddenAct: String?
            let layerNormEps: Float?
            let qkvBias: Bool?
            let outIndices: [Int]?
            let attention: String?
            let windowSize: Size?
            let shift: Bool?
            let pooled: Bool?
            let fullAttentionIndices: [Int]?

            var windows: Windows? {
                get throws(NetworkError) {
                    switch attention ?? "full" {
                    case "full":
                        guard windowSize == nil, shift != true, pooled != true, fullAttentionIndices == nil else {
                            throw NetworkError(
                                "window_size, shift, pooled and full_attention_indices go with attention \"window\"")
                        }
                        return nil
                    case "window":
                        guard let size = windowSize?.pair else { throw NetworkError("attention \"window\" has no window_size") }
                        return Windows(
                            height: size.0, width: size.1, areShifted: shift ?? false, arePooled: pooled ?? false,
                            fullBlocks: Set(fullAttentionIndices ?? []))
                    default: throw NetworkError("attention is neither \"full\" nor \"window\"")
                    }
                }
            }
        }
    }

    /// `[height, width]`, or one number for both.
    private struct Size: Decodable {
        let pair: (Int, Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let side = try? container.decode(Int.self) {
                pair = (side, side)
            } else {
                let sides = try container.decode([Int].self)
                guard sides.count == 2 else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "a size is [height, width]")
                }
                pair = (sides[0], sides[1])
            }
        }
    }
}
