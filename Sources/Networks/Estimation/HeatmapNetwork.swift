import FoundationEssentials
import Kernels
import PoseTypes

/// A network that makes a heatmap for each keypoint of the person in a crop.
protocol HeatmapNetwork: AnyObject {
    /// Pixels of a crop.
    var inputSize: (height: Int, width: Int) { get }
    var heatmapSize: (height: Int, width: Int) { get }
    /// One name a keypoint.
    var labels: [String] { get }
    /// Pairs of keypoints that are drawn as limbs; empty where the network's files name none.
    var edges: [[Int]] { get }
    /// Floating-point operations in the matrix products for one crop, a multiplication and an addition counted as two.
    var operations: Int { get }

    /// Images `[batch, 3, height, width]`, normalised -> heatmaps `[batch, keypoints, height, width]`.
    ///
    /// The result is the network's own storage, valid until the next call.
    func callAsFunction(_ images: Tensor) -> Tensor
}

extension HeatmapNetwork {
    /// Ends the process where images are not of the network's size.
    func expect(_ images: Tensor) {
        precondition(
            images.shape.count == 4 && images.shape.dropFirst() == [3, inputSize.height, inputSize.width],
            "images of shape \(images.shape) for a network of \(inputSize.height)x\(inputSize.width)")
    }
}

/// Throws where the heads of a network's attention cannot be computed in a precision: the words of a head are its own.
func verifyHead(of depth: Int, fits precision: Precision, in location: URL) throws(NetworkError) {
    guard depth.isMultiple(of: precision.betweenLayers.numbersInAWord) else {
        throw NetworkError(
            "\(location.path): a head of \(depth) numbers cannot be computed in \(precision): take the precision fp32")
    }
}

extension PoseDataset {
    /// Throws where a network without experts is asked to be that of another data set than its own.
    func check(isThatOf labels: [String], in location: URL) throws(NetworkError) {
        guard self == .coco || labels.map(Skeleton.canonicalName) == skeleton.joints else {
            throw NetworkError("\(location.path): has no experts to choose for the data set \(rawValue)")
        }
    }
}
