import Basics
import Kernels
import PoseTypes

/// Fits a picture into a detector's input: resized by one factor, placed at the top left, the rest grey (114); planes of blue,
/// green and red, 0 to 255, as YOLOX's `preproc` makes them.
struct Letterbox {
    let width: Int
    let height: Int
    /// That of the last picture.
    private var latest: BilinearResize?

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Writes `[3, height, width]` at `output` and returns the factor: divide boxes by it.
    mutating func fill(_ image: Image, into output: UnsafeMutablePointer<Float>) -> Double {
        let factor = min(Double(height) / Double(image.height), Double(width) / Double(image.width))
        let resize = resize(of: image, by: factor)
        let (size, area) = (resize.size, width * height)
        for plane in 0..<3 {
            let plane = output + plane * area
            for row in 0..<size.height { (plane + row * width + size.width).update(repeating: 114, count: width - size.width) }
            (plane + size.height * width).update(repeating: 114, count: (height - size.height) * width)
        }
        image.pixels.withUnsafeBufferPointer {
            resize($0.baseAddress!, into: [output + 2 * area, output + area, output], stride: width)
        }
        return factor
    }

    private mutating func resize(of image: Image, by factor: Double) -> BilinearResize {
        if let latest, latest.source == (image.width, image.height) { return latest }
        // Truncated like Python's `int`; a picture stays at least one pixel thin.
        func resized(_ length: Int, within limit: Int) -> Int { min(max(1, Int(saturating: Double(length) * factor)), limit) }
        let resize = BilinearResize(
            from: (image.width, image.height), to: (resized(image.width, within: width), resized(image.height, within: height)))
        latest = resize
        return resize
    }
}
