import Basics
import Kernels
import PoseTypes

/// Stretches a picture to a detector's input: planes of red, green and blue, as the network sees their levels.
///
/// The resize is Pillow's of 8-bit pictures (BILINEAR) bit for bit: a triangle as wide as a pixel of the smaller picture, its weights of
/// 22 bits, first along rows, then along columns, rounded to 8 bits after each (`precompute_coeffs`, `ImagingResampleHorizontal_8bpc`,
/// `ImagingResampleVertical_8bpc`). transformers' processors resize so, on Pillow or, within a level, on torchvision.
struct AntialiasedResize {
    let width: Int
    let height: Int
    /// `[3, 256]`
    private let levels: [Float]
    private var across = Filter(from: 1, to: 1)
    private var down = Filter(from: 1, to: 1)

    init(width: Int, height: Int, levels: [Float]) {
        self.width = width
        self.height = height
        self.levels = levels
    }

    /// Writes `[3, height, width]` at `output`.
    mutating func fill(_ image: Image, into output: UnsafeMutablePointer<Float>) {
        if across.source != image.width || across.target != width { across = Filter(from: image.width, to: width) }
        if down.source != image.height || down.target != height { down = Filter(from: image.height, to: height) }
        let (resizer, across, down) = (self, across, down)
        // Some rows at once, which share most of those that they see, unless they see very many.
        parallel(height, by: min(32, max(1, 256 * height / image.height))) { rows in
            let first = down.first[rows.lowerBound]
            let last = rows.reduce(first) { max($0, down.first[$1] + down.count[$1]) }
            let narrow = across.alongRows(of: image, first..<last)
            narrow.withUnsafeBufferPointer { narrow in
                for row in rows { resizer.write(row, of: narrow.baseAddress!, from: first, down, into: output) }
            }
        }
    }

    /// A row of the input from rows that are `width` wide already, the first of which is the picture's row `first`.
    private func write(
        _ row: Int, of narrow: UnsafePointer<UInt8>, from first: Int, _ filter: Filter, into output: UnsafeMutablePointer<Float>
    ) {
        let (area, length) = (width * height, 3 * width)
        let weights = filter.weights(of: row)
        var start = narrow + (filter.first[row] - first) * length
        let sums = [Int32](unsafeUninitializedCapacity: length) { sums, count in
            sums.initialize(repeating: Filter.half)
            for weight in weights {
                for index in 0..<length { sums[index] &+= Int32(truncatingIfNeeded: start[index]) &* weight }
                start += length
            }
            count = length
        }
        levels.withUnsafeBufferPointer { levels in
            sums.withUnsafeBufferPointer { sums in
                for x in 0..<width {
                    for channel in 0..<3 {
                        output[channel * area + row * width + x] = levels[channel << 8 + Filter.level(sums[3 * x + channel])]
                    }
                }
            }
        }
    }
}

/// For each pixel of a line, which pixels of a longer or shorter one it is made of, and their weights.
private struct Filter {
    let source: Int
    let target: Int
    private(set) var first: [Int] = []
    private(set) var count: [Int] = []
    /// `[target, most]`
    private var weights: [Int32] = []
    private let most: Int

    /// Bits of a weight's fraction.
    private static let bits: Int32 = 22
    /// One half of a level.
    static let half: Int32 = 1 << (bits - 1)

    init(from source: Int, to target: Int) {
        self.source = source
        self.target = target
        let scale = Double(source) / Double(target)
        let reach = max(scale, 1)
        most = Int(saturating: reach.rounded(.up)) * 2 + 1
        weights = [Int32](repeating: 0, count: target * most)
        for pixel in 0..<target {
            let centre = (Double(pixel) + 0.5) * scale
            let start = max(0, Int(saturating: centre - reach + 0.5))
            let length = min(source, Int(saturating: centre + reach + 0.5)) - start
            let shares = (0..<length).map { max(0, 1 - abs((Double($0 + start) - centre + 0.5) * (1 / reach))) }
            let sum = shares.reduce(0, +)
            first.append(start)
            count.append(length)
            for (index, share) in shares.enumerated() {
                weights[pixel * most + index] = Int32(saturating: share / sum * 2 * Double(Self.half) + 0.5)
            }
        }
    }

    func weights(of pixel: Int) -> ArraySlice<Int32> { weights[pixel * most..<pixel * most + count[pixel]] }

    /// A sum of weighted levels as a level.
    static func level(_ sum: Int32) -> Int { Int(truncatingIfNeeded: min(max(sum >> bits, 0), 255)) }

    /// Some rows of a picture, `[rows, target, 3]`.
    func alongRows(of image: Image, _ rows: Range<Int>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: rows.count * target * 3) { narrow, written in
            image.pixels.withUnsafeBufferPointer { pixels in
                weights.withUnsafeBufferPointer { weights in
                    var to = narrow.baseAddress!
                    for row in rows {
                        for pixel in 0..<target {
                            var from = pixels.baseAddress! + (row * source + first[pixel]) * 3
                            var (red, green, blue) = (Self.half, Self.half, Self.half)
                            for index in pixel * most..<pixel * most + count[pixel] {
                                let weight = weights[index]
                                red &+= Int32(truncatingIfNeeded: from[0]) &* weight
                                green &+= Int32(truncatingIfNeeded: from[1]) &* weight
                                blue &+= Int32(truncatingIfNeeded: from[2]) &* weight
                                from += 3
                            }
                            to[0] = UInt8(truncatingIfNeeded: Self.level(red))
                            to[1] = UInt8(truncatingIfNeeded: Self.level(green))
                            to[2] = UInt8(truncatingIfNeeded: Self.level(blue))
                            to += 3
                        }
                    }
                }
            }
            written = rows.count * target * 3
        }
    }
}
