import FoundationEssentials
import Kernels
import PoseTypes

/// Every architecture of detectors, by the name that `config.json` gives it: a new one is a folder here and a line.
private let detectors: [String: @Sendable (URL, Precision) throws(NetworkError) -> any ObjectDetector] = [
    "d_fine": { folder, precision throws(NetworkError) in try RTDETRDetector(folder: folder, precision: precision) },
    "deimv2": { folder, precision throws(NetworkError) in try RTDETRDetector(folder: folder, precision: precision) },
    "rt_detr": { folder, precision throws(NetworkError) in try RTDETRDetector(folder: folder, precision: precision) },
    "rt_detr_v2": { folder, precision throws(NetworkError) in try RTDETRDetector(folder: folder, precision: precision) },
    "yolox": { location, precision throws(NetworkError) in try YOLOXDetector(location, precision: precision) },
    // An ONNX file has no name for what it holds: its graph has to be one of a detector's.
    onnxFile: { location, precision throws(NetworkError) in try YOLOXDetector(location, precision: precision) },
]

/// Loads the detector of a model folder, or of an ONNX file.
///
/// Throws one line that names the file and what is wrong with it, and the architectures that are known where its own is not.
package func loadDetector(_ location: URL, precision: Precision = .fp32) throws(NetworkError) -> any ObjectDetector {
    try choose(detectors, for: location, as: "a detector")(location, available(precision))
}

/// What a pose network is loaded as.
package struct EstimatorOptions: Sendable, Hashable {
    /// The one that a network of several data sets is used as.
    package var dataset = PoseDataset.coco
    /// Crops of another size than the one that the network was trained with.
    package var input: CropSize?
    package var precision = Precision.fp32
    /// Whether every crop is also seen in the mirror and both results are averaged: twice the time for a little more accuracy.
    package var flip = false

    package init(dataset: PoseDataset = .coco, input: CropSize? = nil, precision: Precision = .fp32, flip: Bool = false) {
        (self.dataset, self.input, self.precision, self.flip) = (dataset, input, precision, flip)
    }
}

/// Every architecture of pose networks, by the name that `config.json` gives it: a new one is a folder here and a line.
private let estimators: [String: @Sendable (URL, EstimatorOptions) throws(NetworkError) -> any PoseEstimator] = [
    "vitpose": { folder, options throws(NetworkError) in
        let network = try ViTPose(
            folder: folder, dataset: options.dataset, input: options.input, precision: options.precision)
        return try HeatmapEstimator(network, of: folder, input: options.input, flip: options.flip)
    },
    "tokenpose": { folder, options throws(NetworkError) in
        let network = try TokenPose(folder: folder, precision: options.precision)
        try network.check(options, in: folder)
        return try HeatmapEstimator(network, of: folder, flip: options.flip)
    },
    // As for detectors.
    onnxFile: { file, options throws(NetworkError) in
        let network = try TokenPose(onnx: file, precision: options.precision)
        try network.check(options, in: file)
        return try HeatmapEstimator(
            network, CropPreprocessing(tokenPose: network.configuration), of: file, flip: options.flip)
    },
]

/// Loads the pose network of a model folder, or of an ONNX file.
///
/// Throws one line that names the file and what is wrong with it, and the architectures that are known where its own is not.
package func loadEstimator(
    _ folder: URL, _ options: EstimatorOptions = EstimatorOptions()
) throws(NetworkError) -> any PoseEstimator {
    _ = try available(options.precision)
    return try choose(estimators, for: folder, as: "a pose network")(folder, options)
}

extension TokenPose {
    /// Throws where it is to be what only a ViTPose can be.
    fileprivate func check(_ options: EstimatorOptions, in location: URL) throws(NetworkError) {
        try options.dataset.check(isThatOf: labels, in: location)
        guard options.input.map({ ($0.height, $0.width) == inputSize }) ?? true else {
            throw NetworkError(
                "\(location.path): a TokenPose takes crops of its own size only, \(inputSize.height)x\(inputSize.width)")
        }
    }
}

private func available(_ precision: Precision) throws(NetworkError) -> Precision {
    guard precision.isAvailable else {
        throw NetworkError("this processor has no instructions for \(precision): take the precision auto, or fp32")
    }
    return precision
}
