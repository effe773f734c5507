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
