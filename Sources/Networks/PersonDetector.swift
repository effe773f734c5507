import Foundation
import PoseTypes

/// Finds the people in an image.
///
/// A detector owns its buffers: one thread uses it at a time.
package protocol PersonDetector: AnyObject {
    /// The detections in `image` whose score is `threshold` (0 to 1) or more, best first, in pixels of the image. Boxes may reach
    /// beyond its edge.
    ///
    /// Throws where the network's output is not a number: its weights are damaged.
    func detect(in image: Image, threshold: Float) throws(NetworkError) -> [Detection]
}

/// Every architecture of detectors, by the name that `config.json` gives it: a new one is a folder here and a line.
private let detectors: [String: @Sendable (URL) throws(NetworkError) -> any PersonDetector] = [
    "yolox": { location throws(NetworkError) in try YOLOXDetector(location) },
    // An ONNX file has no name for what it holds: its graph has to be one of a detector's.
    onnxFile: { location throws(NetworkError) in try YOLOXDetector(location) },
]

/// Loads the detector of a model folder, or of an ONNX file.
///
/// Throws one line that names the file and what is wrong with it, and the architectures that are known where its own is not.
package func loadDetector(_ location: URL) throws(NetworkError) -> any PersonDetector {
    try choose(detectors, for: location, as: "a detector")(location)
}
