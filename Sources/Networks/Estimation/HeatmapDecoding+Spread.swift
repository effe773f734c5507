import PoseTypes

extension HeatmapDecoding {
    /// How far off a decoded joint may be: one standard deviation in pixels of the picture.
    ///
    /// A network trained by squared error against a Gaussian around each joint answers with the distribution of the joint's place,
    /// blurred by that Gaussian. So the place's variance is the heatmap's second moment about the decoded place, less that of
    /// the Gaussian:
    ///
    ///     sigma² = sum(h r²) / (2 sum(h)) - 0.744 (height / 32)²        over h > 0.1 of the peak, in heatmap pixels
    ///
    /// What is lower is noise; a Gaussian cut there keeps 1 - ln(10) / 9 = 0.744 of its variance. ViTPose's Gaussians have a deviation
    /// of 2 in a heatmap 64 high. No joint is surer than a quarter of that. A `SigmaCalibration` comes on top.
    func sigma(of heatmap: UnsafePointer<Float>, peak: Float, x: Double, y: Double, crop: PersonCrop) -> Float {
        let least = 0.1 * peak
        var (sum, moment) = (0.0, 0.0)
        for row in 0..<height {
            let dy = Double(row) - y
            for column in 0..<width {
                let value = heatmap[row * width + column]
                guard value > least else { continue }
                let dx = Double(column) - x
                sum += Double(value)
                moment += Double(value) * (dx * dx + dy * dy)
            }
        }
        let trained = Double(height) / 32
        let variance = max(moment / (2 * sum) - 0.744 * trained * trained, trained * trained / 16)
        return Float(variance.squareRoot() * Double(crop.y.pixel(of: height)))
    }
}
