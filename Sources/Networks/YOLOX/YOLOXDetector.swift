import FoundationEssentials
import Kernels
import PoseTypes

/// Finds objects in a picture: letterbox, YOLOX, decoding, non-maximum suppression.
///
/// It owns its buffers and is not Sendable: one queue uses it at a time.
final class YOLOXDetector: ObjectDetector {
    let classes: [String]
    private let network: YOLOX
    private let shape: InputShape
    private var decoding: BoxDecoding
    private var letterbox: Letterbox
    private var input: Tensor
    private let name: String

    /// Reads a folder with `config.json` and `model.safetensors` (official parameter names), or an `.onnx` file of the
    /// official release.
    init(_ location: URL, precision: Precision = .fp32) throws(NetworkError) {
        let model = try YOLOXModel(contentsOf: location, precision: precision)
        network = model.network
        classes = model.classes
        shape = model.input
        decoding = BoxDecoding(width: shape.width, height: shape.height)
        letterbox = Letterbox(width: shape.width, height: shape.height)
        input = Tensor([1, 3, shape.height, shape.width])
        name = location.lastPathComponent
    }

    /// A detection's score is its objectness times that of its class; a cell's class is the best of the wanted ones.
    func detect(_ wanted: Set<Int>, in image: Image, threshold: Float) throws(NetworkError) -> [Detection] {
        take(shape.size(forWidth: image.width, height: image.height))
        let factor = letterbox.fill(image, into: input.pointer)
        let outputs = network(input)
        for cell in 0..<decoding.cells where !outputs.pointer[cell * (5 + network.classes)].isFinite {
            throw NetworkError("\(name): the network's output is not a number; its weights are damaged")
        }
        let detections = outputs.withUnsafeMutableBufferPointer {
            decoding.boxes(
                in: UnsafeBufferPointer($0), of: wanted.sorted(), classes: classes, threshold: threshold, factor: factor)
        }
        return nonMaximumSuppression(detections)
    }

    /// Prepares for an input of this size; the pictures of a video all have the same.
    private func take(_ size: (width: Int, height: Int)) {
        guard size != (letterbox.width, letterbox.height) else { return }
        decoding = BoxDecoding(width: size.width, height: size.height)
        letterbox = Letterbox(width: size.width, height: size.height)
        input = Tensor([1, 3, size.height, size.width])
    }
}
