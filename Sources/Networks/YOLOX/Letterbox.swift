import PoseTypes

/// Fits a picture into a detector's input: resized by one factor, placed at the top left, the rest grey (114); planes of blue,
/// green and red, 0 to 255. The reference is YOLOX's `preproc`, with OpenCV's `resize` (INTER_LINEAR) of 8-bit pictures.
struct Letterbox {
    let width: Int
    let height: Int
    private var sampler: PictureSampler

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        let levels = (0..<3).flatMap { _ in (0..<256).map { Float($0) } }
        sampler = PictureSampler(width: width, height: height, levels: levels, channels: (2, 1, 0), fill: 114)
    }

    /// Writes `[3, height, width]` at `output` and returns the factor: divide boxes by it.
    mutating func fill(_ image: Image, into output: UnsafeMutablePointer<Float>) -> Double {
        let factor = min(Double(height) / Double(image.height), Double(width) / Double(image.width))
        // Truncated like Python's `int`; a picture stays at least one pixel thin.
        sampler.columns.resize(image.width, to: max(1, Int(Double(image.width) * factor)))
        sampler.rows.resize(image.height, to: max(1, Int(Double(image.height) * factor)))
        sampler.sample(image, into: output)
        return factor
    }
}

extension PictureSampler.Axis {
    /// The source pixels of a bilinear resize with half-pixel centres; beyond the outermost centres their values go on.
    mutating func resize(_ length: Int, to size: Int) {
        let step = Double(length) / Double(size)
        for i in 0..<size {
            let place = min(max((Double(i) + 0.5) * step - 0.5, 0), Double(length - 1))
            let pixel = Int(place)
            first[i] = pixel
            second[i] = min(pixel + 1, length - 1)
            weight[i] = Float(place - Double(pixel))
        }
        covered = 0..<size
    }
}
