import Foundation

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

/// Every architecture of pose networks, by the name that `config.json` gives it: a new one is a folder here and a line.
private let estimators: [String: @Sendable (URL, Bool) throws(NetworkError) -> any PoseEstimator] = [
    "vitpose": { folder, flip throws(NetworkError) in try ViTPoseEstimator(folder: folder, flip: flip) }
]

/// Loads the pose network of a model folder. With `flip`, every crop is also seen in the mirror and both results are averaged:
/// twice the time for a little more accuracy.
///
/// Throws one line that names the file and what is wrong with it, and the architectures that are known where its own is not.
package func loadEstimator(_ folder: URL, flip: Bool = false) throws(NetworkError) -> any PoseEstimator {
    try choose(estimators, for: folder, as: "a pose network")(folder, flip)
}
