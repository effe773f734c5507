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
    /// The two source rows last resampled, `[3, width]`: red, green, blue, times 128; and which rows they are.
    private var upper: Row
    private var lower: Row

    /// The two source pixels a sample lies between, and their weights, which sum to 2048.
    private struct Tap {
        var first = 0
        var second = 0
        var firstWeight: Int32 = 0
        var secondWeight: Int32 = 0
    }

    private struct Row {
        var values: [Int16]
        var source = -1
    }

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        columns = [Tap](repeating: Tap(), count: width)
        upper = Row(values: [Int16](repeating: 0, count: width * 3))
        lower = upper
    }

    /// Writes `[3, height, width]` at `output` and returns the factor: divide boxes by it.
    mutating func fill(_ image: Image, into output: UnsafeMutablePointer<Float>) -> Double {
        let factor = min(Double(height) / Double(image.height), Double(width) / Double(image.width))
        // Truncated like Python's `int`; a picture stays at least one pixel thin.
        let size = (width: max(1, Int(Double(image.width) * factor)), height: max(1, Int(Double(image.height) * factor)))
        let area = width * height
        for plane in 0..<3 {
            let rows = output + plane * area
            if size.width < width { rows.update(repeating: 114, count: size.height * width) }
            (rows + size.height * width).update(repeating: 114, count: (height - size.height) * width)
        }
        for x in 0..<size.width {
            columns[x] = Self.tap(x, from: image.width, to: size.width)
            // Beyond the outermost centres OpenCV repeats a column's value, yet goes on weighting a row's.
            if columns[x].first == columns[x].second { (columns[x].firstWeight, columns[x].secondWeight) = (2048, 0) }
        }
        upper.source = -1
        lower.source = -1
        image.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<size.height {
                let tap = Self.tap(y, from: image.height, to: size.height)
                if lower.source == tap.first { swap(&upper, &lower) }
                resample(pixels, row: tap.first, of: image.width, to: size.width, into: &upper)
                resample(pixels, row: tap.second, of: image.width, to: size.width, into: &lower)
                blend(tap, count: size.width, into: output + y * width, area: area)
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
            first: min(max(Int(pixel), 0), length - 1), second: min(max(Int(pixel) + 1, 0), length - 1),
            firstWeight: Int32(((1 - share) * 2048).rounded(.toNearestOrEven)),
            secondWeight: Int32((share * 2048).rounded(.toNearestOrEven)))
    }

    private func resample(
        _ pixels: UnsafeBufferPointer<UInt8>, row: Int, of width: Int, to count: Int, into result: inout Row
    ) {
        guard result.source != row else { return }
        result.source = row
        let source = pixels.baseAddress! + row * width * 3
        columns.withUnsafeBufferPointer { columns in
            result.values.withUnsafeMutableBufferPointer { values in
                let (red, green, blue) = (
                    values.baseAddress!, values.baseAddress! + self.width, values.baseAddress! + 2 * self.width
                )
                for x in 0..<count {
                    let tap = columns[x]
                    let (left, right) = (source + tap.first &* 3, source + tap.second &* 3)
                    func value(_ channel: Int) -> Int16 {
                        let sum = Int32(left[channel]) &* tap.firstWeight &+ Int32(right[channel]) &* tap.secondWeight
                        return Int16(truncatingIfNeeded: sum >> 4)
                    }
                    red[x] = value(0)
                    green[x] = value(1)
                    blue[x] = value(2)
                }
            }
        }
    }

    /// Mixes the two resampled rows into a row of the three planes.
    private func blend(_ tap: Tap, count: Int, into row: UnsafeMutablePointer<Float>, area: Int) {
        upper.values.withUnsafeBufferPointer { upper in
            lower.values.withUnsafeBufferPointer { lower in
                for channel in 0..<3 {
                    let (above, below) = (upper.baseAddress! + channel * width, lower.baseAddress! + channel * width)
                    let plane = row + (2 - channel) * area
                    for x in 0..<count {
                        let first = Int16(truncatingIfNeeded: (Int32(above[x]) &* tap.firstWeight) >> 16)
                        let second = Int16(truncatingIfNeeded: (Int32(below[x]) &* tap.secondWeight) >> 16)
                        plane[x] = Float((first &+ second &+ 2) >> 2)
                    }
                }
            }
        }
    }
}
