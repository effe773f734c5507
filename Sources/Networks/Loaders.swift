import FoundationEssentials
import Kernels
import PoseTypes

/// Every architecture of detectors, by the name that `config.json` gives it: a new one is a folder here and a line.
private let detectors: [String: @Sendable (URL, Precision) throws(NetworkError) -> any PersonDetector] = [
    "rt_detr": { folder, precision throws(NetworkError) in try RTDETRDetector(folder: folder, precision: precision) },
    "rt_detr_v2": { folder, precision throws(NetworkError) in try RTDETRDetector(folder: folder, precision: precision) },
    "yolox": { location, precision throws(NetworkError) in try YOLOXDetector(location, precision: precision) },
    // An ONNX file has no name for what it holds: its graph has to be one of a detector's.
    onnxFile: { location, precision throws(NetworkError) in try YOLOXDetector(location, precision: precision) },
]

/// Loads the detector of a model folder, or of an ONNX file.
///
/// Throws one line that names the file and what is wrong with it, and the architectures that are known where its own is not.
package func loadDetector(_ location: URL, precision: Precision = .fp32) throws(NetworkError) -> any PersonDetector {
    try choose(detectors, for: location, as: "a detector")(location, available(precision))
}

/// Every architecture of pose networks, by the name that `config.json` gives it: a new one is a folder here and a line.
private let estimators: [String: @Sendable (URL, PoseDataset, Bool, Precision) throws(NetworkError) -> any PoseEstimator] = [
    "vitpose": { folder, dataset, flip, precision throws(NetworkError) in
        try HeatmapEstimator(ViTPose(folder: folder, dataset: dataset, precision: precision), of: folder, flip: flip)
    },
    "tokenpose": { folder, dataset, flip, precision throws(NetworkError) in
        let network = try TokenPose(folder: folder, precision: precision)
        try dataset.check(isThatOf: network.labels, in: folder)
        return try HeatmapEstimator(network, of: folder, flip: flip)
    },
    // As for detectors.
    onnxFile: { file, dataset, flip, precision throws(NetworkError) in
        let network = try TokenPose(onnx: file, precision: precision)
        try dataset.check(isThatOf: network.labels, in: file)
        return try HeatmapEstimator(network, CropPreprocessing(tokenPose: network.configuration), of: file, flip: flip)
    },
]

/// Loads the pose network of a model folder. With `flip`, every crop is also seen in the mirror and both results are averaged:
/// twice the time for a little more accuracy. `dataset` is the one that a network of several is used as.
///
/// Throws one line that names the file and what is wrong with it, and the architectures that are known where its own is not.
package func loadEstimator(
    _ folder: URL, dataset: PoseDataset = .coco, flip: Bool = false, precision: Precision = .fp32
) throws(NetworkError) -> any PoseEstimator {
    try choose(estimators, for: folder, as: "a pose network")(folder, dataset, flip, available(precision))
}

private func available(_ precision: Precision) throws(NetworkError) -> Precision {
    guard precision.isAvailable else {
        throw NetworkError("this processor has no instructions for \(precision): take the precision auto, or fp32")
    }
    return precision
}
