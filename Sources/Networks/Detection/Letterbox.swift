import Basics
import Kernels
import PoseTypes

/// Fits a picture into a detector's input: resized by one factor, placed at the top left, the rest grey (114); planes of blue,
/// green and red, 0 to 255, as YOLOX's `preproc` makes them.
///
/// The resize is OpenCV's of 8-bit pictures (INTER_LINEAR) bit for bit, with its weights of 11 bits and its truncations (`HResizeLinear`,
/// `VResizeLinear`, `FixedPtCast`): a plain bilinear one is a level off in every eighth value, which moves a small
/// network's boxes by half a pixel.
struct Letterbox {
    let width: Int
    let height: Int
    private var columns: [Tap]

    /// The two source pixels a sample lies between, and their weights, which sum to 2048.
    private struct Tap {
        var first = 0
        var second = 0
        var firstWeight: Int32 = 0
        var secondWeight: Int32 = 0
    }

    /// A source row resampled, `[width, 3]`, and which row it is.
    private struct Row {
        var values: [Int32]
        var source = -1
    }

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        columns = [Tap](repeating: Tap(), count: width)
    }

    /// Writes `[3, height, width]` at `output` and returns the factor: divide boxes by it.
    mutating func fill(_ image: Image, into output: UnsafeMutablePointer<Float>) -> Double {
        let factor = min(Double(height) / Double(image.height), Double(width) / Double(image.width))
        // Truncated like Python's `int`; a picture stays at least one pixel thin.
        func resized(_ length: Int) -> Int { max(1, Int(saturating: Double(length) * factor)) }
        let size = (width: resized(image.width), height: resized(image.height))
        let area = width * height
        output.update(repeating: 114, count: 3 * area)
        for x in 0..<size.width {
            columns[x] = Self.tap(x, from: image.width, to: size.width)
            // Beyond the outermost centres OpenCV repeats a column's value, yet goes on weighting a row's.
            if columns[x].first == columns[x].second { (columns[x].firstWeight, columns[x].secondWeight) = (2048, 0) }
        }
        let empty = Row(values: [Int32](repeating: 0, count: width * 3))
        parallel(size.height, by: 64) { rows in
            var (upper, lower) = (empty, empty)
            for y in rows {
                let tap = Self.tap(y, from: image.height, to: size.height)
                if lower.source == tap.first { swap(&upper, &lower) }
                resample(image, row: tap.first, to: size.width, into: &upper)
                resample(image, row: tap.second, to: size.width, into: &lower)
                blend(upper, lower, tap, count: size.width, into: output + y * width)
            }
        }
        return factor
    }

    /// OpenCV places half-pixel centres in double, splits them in float and rounds weights to even.
    private static func tap(_ sample: Int, from length: Int, to size: Int) -> Tap {
        let step = 1 / (Double(size) / Double(length))
        let place = Float((Double(sample) + 0.5) * step - 0.5)
        let pixel = place.rounded(.down)
        let share = place - pixel
        return Tap(
            // fits: pixel lies in the picture, or just beside it
            first: min(max(Int(pixel), 0), length - 1), second: min(max(Int(pixel) + 1, 0), length - 1),
            firstWeight: Int32(((1 - share) * 2048).rounded(.toNearestOrEven)),  // fits: a share of 2048
            secondWeight: Int32((share * 2048).rounded(.toNearestOrEven)))  // fits: a share of 2048
    }

    private func resample(_ image: Image, row: Int, to count: Int, into result: inout Row) {
        guard result.source != row else { return }
        result.source = row
        image.pixels.withUnsafeBufferPointer { pixels in
            let source = pixels.baseAddress! + row * image.width * 3
            columns.withUnsafeBufferPointer { columns in
                result.values.withUnsafeMutableBufferPointer { values in
                    for x in 0..<count {
                        let tap = columns[x]
                        let (left, right) = (source + tap.first &* 3, source + tap.second &* 3)
                        for channel in 0..<3 {
                            let (one, other) = (Int32(clamping: left[channel]), Int32(clamping: right[channel]))
                            let sum = one &* tap.firstWeight &+ other &* tap.secondWeight
                            values[x &* 3 &+ channel] = sum >> 4
                        }
                    }
                }
            }
        }
    }

    /// Mixes two resampled rows into a row of the three planes.
    private func blend(_ upper: Row, _ lower: Row, _ tap: Tap, count: Int, into row: UnsafeMutablePointer<Float>) {
        let area = width * height
        let planes = (blue: row, green: row + area, red: row + 2 * area)
        upper.values.withUnsafeBufferPointer { upper in
            lower.values.withUnsafeBufferPointer { lower in
                func value(_ index: Int) -> Float {
                    let above = (upper[index] &* tap.firstWeight) >> 16
                    let below = (lower[index] &* tap.secondWeight) >> 16
                    return Float((above &+ below &+ 2) >> 2)
                }
                for x in 0..<count {
                    planes.red[x] = value(x &* 3)
                    planes.green[x] = value(x &* 3 &+ 1)
                    planes.blue[x] = value(x &* 3 &+ 2)
                }
            }
        }
    }
}
