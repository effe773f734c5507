import PoseTypes

/// Finds objects of some classes in an image, people first of all.
///
/// A detector owns its buffers: one thread uses it at a time.
package protocol ObjectDetector: AnyObject {
    /// What it tells apart, in the order of the network's outputs.
    var classes: [String] { get }

    /// The detections in `image` of `wanted` classes, by their index, whose score is `threshold` (0 to 1) or more, best first, in pixels
    /// of the image. Boxes may reach beyond its edge.
    ///
    /// Throws where the network's output is not a number: its weights are damaged.
    func detect(_ wanted: Set<Int>, in image: Image, threshold: Float) throws(NetworkError) -> [Detection]
}

extension ObjectDetector {
    /// The indices of classes, whatever their case.
    ///
    /// Throws one line that names the first one it does not know, and some that it does.
    package func indices(of names: [String]) throws(NetworkError) -> Set<Int> {
        var indices: Set<Int> = []
        for name in names {
            guard let index = classes.firstIndex(where: { $0.lowercased() == name.lowercased() }) else {
                let known = classes.prefix(10).joined(separator: ", ") + (classes.count > 10 ? ", …" : "")
                throw NetworkError("\(name) is none of the detector's \(classes.count) classes: \(known)")
            }
            indices.insert(index)
        }
        return indices
    }

    /// The people in an image.
    package func people(in image: Image, threshold: Float) throws(NetworkError) -> [Detection] {
        try detect(indices(of: [Detection.person]), in: image, threshold: threshold)
    }
}
