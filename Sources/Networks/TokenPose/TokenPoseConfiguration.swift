import Basics
import FoundationEssentials

/// The shape of a TokenPose: `config.json` of a folder that weights/convert_tokenpose.py writes, with the sizes that all published ones
/// have where a key is absent.
package struct TokenPoseConfiguration: Sendable, Equatable {
    /// What patches are cut from.
    package enum Stem: Sendable, Equatable {
        /// The picture.
        case none
        /// The map of HRNet's first layers, a quarter of the picture's size.
        case convolutional
        /// The finest branch of HRNet's third stage, so wide, a quarter of the picture's size.
        case hrnet(width: Int)
    }

    package var stem = Stem.convolutional
    /// Pixels of a crop.
    package var imageHeight = 256
    package var imageWidth = 192
    /// Of a patch, in pixels of what it is cut from.
    package var patchHeight = 4
    package var patchWidth = 3
    package var width = 192
    package var heads = 8
    /// Width of the hidden layer of a block's perceptron.
    package var hidden = 576
    /// Layers of each group: the keypoints' tokens that come out of every group make the heatmaps.
    package var depths = [12]
    /// Width of the hidden layer between keypoints' tokens and heatmaps; 0 where there is none.
    package var hiddenHeatmap = 384
    /// One name a keypoint.
    package var labels: [String] = []

    package init() {}

    /// Throws where the file is missing, is not the configuration of a TokenPose, or asks for more than the limits.
    package init(contentsOf file: URL) throws(NetworkError) {
        try self.init(try decodeJSON(File.self, from: file, isSnakeCase: true), named: file.path)
    }

    init(json: Data, named name: String) throws(NetworkError) {
        try self.init(try decodeJSON(File.self, json, named: name, isSnakeCase: true), named: name)
    }

    package var keypoints: Int { labels.count }
    /// What patches are cut from.
    var map: (height: Int, width: Int, channels: Int) {
        switch stem {
        case .none: (imageHeight, imageWidth, 3)
        case .convolutional: (imageHeight / 4, imageWidth / 4, ConvolutionalStem.width)
        case .hrnet(let width): (imageHeight / 4, imageWidth / 4, width)
        }
    }
    var patches: Int { (map.height / patchHeight) * (map.width / patchWidth) }
    var numbersInAPatch: Int { patchHeight * patchWidth * map.channels }
    /// From the keypoints' tokens to the heatmaps.
    var headWidths: [Int] {
        [depths.count * width] + (hiddenHeatmap > 0 ? [hiddenHeatmap] : []) + [(imageHeight / 4) * (imageWidth / 4)]
    }
    /// Of the parameters behind the stem.
    var prefix: String { stem == .convolutional ? "features" : "transformer" }

    /// Floating-point operations in the matrix products for one crop, a multiplication and an addition counted as two.
    package var operations: Int {
        let tokens = keypoints + patches
        let block = tokens * (4 * width * width + 2 * width * hidden + 2 * tokens * width)
        let head = zip(headWidths, headWidths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        return 2 * (stemProducts + patches * numbersInAPatch * width + depths.reduce(0, +) * block + keypoints * head)
    }

    /// Multiplications of the stem's convolutions.
    private var stemProducts: Int {
        let (area, inner, outer) = (imageHeight / 4 * (imageWidth / 4), ConvolutionalStem.inner, ConvolutionalStem.width)
        let bottleneck = 2 * outer * inner + 9 * inner * inner
        let first = 4 * 27 * inner + 9 * inner * inner + 4 * bottleneck + inner * inner
        switch stem {
        case .none: return 0
        case .convolutional: return area * first
        case .hrnet(let width):
            // Halved sizes and doubled widths: every branch multiplies as much as the finest one.
            let layers = 8 * 9 * width * width
            let transitions = 9 * outer * width + 9 * outer * 2 * width / 4 + 9 * 2 * width * 4 * width / 16
            // From the second branch to the first and back; from the third to both, and to the third from both.
            let (up, down) = (2 * width * width / 4, 9 * width * 2 * width / 4)
            let up3 = (4 * width * width + 4 * width * 2 * width) / 16
            let down3 = 9 * (width * width / 4 + width * 4 * width / 16 + 2 * width * 4 * width / 16)
            let last = up + 4 * width * width / 16
            return area * (first + transitions + 14 * layers + up + down + 3 * (up + down + up3 + down3) + last)
        }
    }

    private init(_ file: File, named name: String) throws(NetworkError) {
        func require(_ holds: Bool, _ complaint: String) throws(NetworkError) {
            if !holds { throw NetworkError("\(name): \(complaint)") }
        }
        try require(file.architecture == "tokenpose", "architecture is \(file.architecture), not tokenpose")
        switch file.stem {
        case "none": stem = .none
        case "convolutional": stem = .convolutional
        case "hrnet": stem = .hrnet(width: file.stemWidth ?? 32)
        case let other: throw NetworkError("\(name): stem is \(other); posed knows none, convolutional and hrnet")
        }
        for (key, size) in [("image_size", file.imageSize), ("patch_size", file.patchSize)] {
            try require(size.map { $0.count == 2 } ?? true, "\(key) is not [height, width]")
        }
        if let size = file.imageSize { (imageHeight, imageWidth) = (size[0], size[1]) }
        if let size = file.patchSize { (patchHeight, patchWidth) = (size[0], size[1]) }
        width = file.hiddenSize ?? width
        heads = file.numAttentionHeads
        hidden = file.intermediateSize ?? hidden
        depths = file.numHiddenLayers
        hiddenHeatmap = file.heatmapHiddenSize ?? hiddenHeatmap
        labels = (0..<file.id2label.count).compactMap { file.id2label[String($0)] }
        try require(labels.count == file.id2label.count, "id2label does not count from 0")
        if let complaint = beyondLimits { throw NetworkError("\(name): \(complaint)") }
    }

    /// The keys of the file, in camel case.
    private struct File: Decodable {
        let architecture: String
        let stem: String
        let stemWidth: Int?
        let imageSize: [Int]?
        let patchSize: [Int]?
        let hiddenSize: Int?
        let numAttentionHeads: Int
        let intermediateSize: Int?
        let numHiddenLayers: [Int]
        let heatmapHiddenSize: Int?
        let id2label: [String: String]
    }
}
