import FoundationEssentials
import Kernels
import PoseTypes

/// Finds objects in a picture: resize, RT-DETR, and the best of all its queries' classes.
///
/// It owns its buffers and is not Sendable: one queue uses it at a time.
final class RTDETRDetector: ObjectDetector {
    private let network: RTDETR
    private var resizer: AntialiasedResize
    private let input: Tensor
    private let name: String

    /// Reads `config.json`, `preprocessor_config.json` and `model.safetensors` of a Hugging Face folder.
    init(folder: URL, precision: Precision = .fp32) throws(NetworkError) {
        let file = folder.appending(path: "preprocessor_config.json")
        let preprocessing = try RTDETRPreprocessing(contentsOf: file)
        network = try RTDETR(folder: folder, precision: precision)
        let (width, height) = (preprocessing.input.size.width, preprocessing.input.size.height)
        if let complaint = network.configuration.complaint(aboutInputOfWidth: width, height: height) {
            throw NetworkError("\(file.path): \(complaint)")
        }
        resizer = AntialiasedResize(width: width, height: height, levels: preprocessing.input.levels)
        input = Tensor([1, 3, height, width])
        name = folder.lastPathComponent
    }

    var classes: [String] { network.configuration.labels }

    /// A detection's score is the sigmoid of its class.
    func detect(_ wanted: Set<Int>, in image: Image, threshold: Float) throws(NetworkError) -> [Detection] {
        resizer.fill(image, into: input.pointer)
        let output = network(input)
        guard output.logits.isFinite, output.boxes.isFinite else {
            throw NetworkError("\(name): the network's output is not a number; its weights are damaged")
        }
        return bestDetections(
            logits: output.logits.reshaped(Array(output.logits.shape.dropFirst())),
            boxes: output.boxes.reshaped(Array(output.boxes.shape.dropFirst())), of: wanted, threshold: threshold,
            width: image.width, height: image.height
        ).map { Detection(box: $0.box, score: $0.score, category: classes[$0.category]) }
    }
}

/// The detections of some classes among the best of all queries and classes, as many as there are queries
/// (`RTDetrImageProcessor.post_process_object_detection`): a query of which another class is sure may be left out.
///
/// - Parameters:
///   - logits: `[queries, classes]`
///   - boxes: `[queries, 4]`: centre and size in shares of the picture.
func bestDetections(
    logits: Tensor, boxes: Tensor, of wanted: Set<Int>, threshold: Float, width: Int, height: Int
) -> [(box: BoundingBox, score: Float, category: Int)] {
    let (queries, classes) = (logits.shape[0], logits.shape[1])
    let scores = logits.array.map(sigmoid)
    // A score that is none of the best ones above the threshold is none of the best ones at all.
    let likely = scores.indices.filter { scores[$0] >= threshold }
    let values = likely.map { scores[$0] }
    let best = values.withUnsafeBufferPointer { indicesOfLargest(queries, of: $0) }
    let (across, down) = (Float(width), Float(height))
    return best.map { likely[$0] }.filter { wanted.contains($0 % classes) }.compactMap { index in
        let box = boxes.pointer + index / classes * 4
        let size = (x: box[2] * across, y: box[3] * down)
        let found = BoundingBox(
            x: (box[0] - box[2] / 2) * across, y: (box[1] - box[3] / 2) * down, width: size.x, height: size.y)
        return found.area > 0 ? (found, scores[index], index % classes) : nil
    }
}
