import PoseTypes

/// Estimates the poses of the people in an image, given their boxes (top-down).
///
/// An estimator owns its buffers: one thread uses it at a time.
package protocol PoseEstimator: AnyObject {
    /// The keypoints of its poses, in their order.
    var skeleton: Skeleton { get }

    /// One pose a box, in the boxes' order, in pixels of their image. A box without area, or with a coordinate that is not a number,
    /// gets keypoints of score 0 at its centre; what a box shows beyond the image is black.
    ///
    /// Throws where the network's output is not a number: its weights are damaged.
    func poses(of people: [PeopleInImage]) throws(NetworkError) -> [[Pose]]
}

extension PoseEstimator {
    /// The same of one image.
    package func poses(in image: Image, boxes: [BoundingBox]) throws(NetworkError) -> [Pose] {
        try poses(of: [PeopleInImage(image: image, boxes: boxes)])[0]
    }
}

/// The people whose poses are asked for, and where they are seen.
package struct PeopleInImage: Sendable {
    let image: Image
    package let boxes: [BoundingBox]

    package init(image: Image, boxes: [BoundingBox]) { (self.image, self.boxes) = (image, boxes) }
}
