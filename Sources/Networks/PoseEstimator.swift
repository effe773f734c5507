import Foundation
import PoseTypes

/// Estimates the poses of the people in an image, given their boxes (top-down).
///
/// An estimator owns its buffers: one thread uses it at a time.
package protocol PoseEstimator: AnyObject {
    /// The keypoints of its poses, in their order.
    var skeleton: Skeleton { get }

    /// One pose a box, in the boxes' order, in pixels of the image. A box without area, or with a coordinate that is not a number,
    /// gets keypoints of score 0 at its centre; what a box shows beyond the image is black.
    ///
    /// Throws where the network's output is not a number: its weights are damaged.
    func poses(in image: Image, boxes: [BoundingBox]) throws(NetworkError) -> [Pose]
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
