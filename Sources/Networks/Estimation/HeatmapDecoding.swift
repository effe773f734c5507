import Glibc
import PoseTypes

/// Finds a joint in its heatmap: the highest value, and between it and its neighbours by one of two ways.
///
/// `dark` goes to the top of a Gaussian fitted to the logarithm of the smoothed heatmap around it (DARK, arXiv 1910.06278,
/// section 3.2), as transformers' `post_dark_unbiased_data_processing` does: the step is not clamped. The reference smooths
/// whole heatmaps; only the 3x3 values around the peak matter, so only these are computed, with scipy's order of operations.
/// Its sums are double, its stored values float.
///
/// Unlike the reference, a heatmap that never rises above zero gives the joint no step: there the reference's index runs into
/// the neighbouring joint's heatmap.
///
/// `shift`, which is older, goes a quarter of a pixel towards the higher neighbour in each direction (arXiv 1603.06937, section 3.3).
struct HeatmapDecoding {
    enum Refinement: String, Sendable, CaseIterable { case dark, shift }

    let width: Int
    let height: Int
    var refinement = Refinement.dark

    /// `heatmap` is `[height, width]`.
    func keypoint(in heatmap: UnsafePointer<Float>, of crop: PersonCrop) -> Keypoint {
        let peak = self.peak(of: heatmap)
        let score = heatmap[peak]
        guard score > 0 else {
            let place = crop.place(-1, -1, width: width, height: height)
            return Keypoint(x: place.x, y: place.y, score: score)
        }
        let (row, column) = peak.quotientAndRemainder(dividingBy: width)
        let step =
            switch refinement {
            case .dark: self.step(in: heatmap, row: row, column: column)
            case .shift: quarter(in: heatmap, row: row, column: column)
            }
        let (x, y) = (Double(column) - step.x, Double(row) - step.y)
        let place = crop.place(Float(x), Float(y), width: width, height: height)
        let sigma = sigma(of: heatmap, peak: score, x: x, y: y, crop: crop)
        return Keypoint(x: place.x, y: place.y, score: score, sigma: sigma)
    }

    /// The first of the highest values.
    private func peak(of heatmap: UnsafePointer<Float>) -> Int {
        var best = 0
        for i in 1..<width * height where heatmap[i] > heatmap[best] { best = i }
        return best
    }

    /// Newton's step to the top of the parabola through the log-heatmap at the peak, to be subtracted: the inverse of the
    /// Hessian times the gradient.
    private func step(in heatmap: UnsafePointer<Float>, row: Int, column: Int) -> (x: Double, y: Double) {
        let smooth = neighbourhood(in: heatmap, row: row, column: column)
        let centre = smooth[4]
        let (left, right, up, down) = (smooth[3], smooth[5], smooth[1], smooth[7])
        let dx = Double(0.5 * (right - left))
        let dy = Double(0.5 * (down - up))
        let tiny = Double(Float.ulpOfOne)
        let dxx = Double(right - 2 * centre + left) + tiny
        let dyy = Double(down - 2 * centre + up) + tiny
        let dxy = Double(0.5 * (smooth[8] - right - down + centre + centre - left - up + smooth[0]))
        let determinant = dxx * dyy - dxy * dxy
        let step = (x: (dyy * dx - dxy * dy) / determinant, y: (dxx * dy - dxy * dx) / determinant)
        return step.x.isFinite && step.y.isFinite ? step : (0, 0)
    }

    /// A quarter away from the higher neighbour, since steps are subtracted. COCO's first top-down code refines nothing in the first two
    /// rows and columns nor in the last.
    private func quarter(in heatmap: UnsafePointer<Float>, row: Int, column: Int) -> (x: Double, y: Double) {
        guard column > 1, column < width - 1, row > 1, row < height - 1 else { return (0, 0) }
        let peak = heatmap + row * width + column
        func step(_ before: Float, _ after: Float) -> Double { after > before ? -0.25 : after < before ? 0.25 : 0 }
        return (step(peak[-1], peak[1]), step(peak[-width], peak[width]))
    }

    /// The logarithm of the smoothed 3x3 around the peak, row by row; beyond the border the border's values repeat.
    private func neighbourhood(in heatmap: UnsafePointer<Float>, row: Int, column: Int) -> InlineArray<9, Float> {
        var result = InlineArray<9, Float>(repeating: 0)
        var smoothed = InlineArray<13, Float>(repeating: 0)
        for dy in -1...1 {
            let y = min(max(row + dy, 0), height - 1)
            for i in 0..<13 {
                let x = Self.reflected(column + i - 6, width)
                smoothed[i] = smooth { heatmap[Self.reflected(y + $0, height) * width + x] }
            }
            for dx in -1...1 {
                let x = min(max(column + dx, 0), width - 1)
                let value = smooth { smoothed[x - column + 6 + $0] }
                result[(dy + 1) * 3 + dx + 1] = log(min(max(value, 0.001), 50))
            }
        }
        return result
    }

    /// One value of scipy's `gaussian_filter1d`; the sum runs from the outermost pair inwards, as in its `correlate1d`.
    private func smooth(_ value: (Int) -> Float) -> Float {
        var sum = Double(value(0)) * Self.kernel[0]
        for i in stride(from: 5, through: 1, by: -1) {
            sum += (Double(value(-i)) + Double(value(i))) * Self.kernel[i]
        }
        return Float(sum)
    }

    /// A Gaussian of sigma 0.8 cut at radius 5 and summing to one: its centre and one side.
    private static let kernel: [Double] = {
        let side = (0...5).map { exp(-0.5 / (0.8 * 0.8) * Double($0 * $0)) }
        let sum = side[0] + 2 * side[1...].reduce(0, +)
        return side.map { $0 / sum }
    }()

    /// Mirrored at the outer edge of the border pixels (`d c b a | a b c d | d c b a`), as often as it takes.
    private static func reflected(_ index: Int, _ count: Int) -> Int {
        let period = 2 * count
        let place = ((index % period) + period) % period
        return place < count ? place : period - 1 - place
    }
}
