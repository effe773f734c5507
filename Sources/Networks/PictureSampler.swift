import PoseTypes

/// Cuts a rectangle out of a picture, resizes it bilinearly, rounds it to 8 bits as the reference implementations do, and
/// writes it as three planes of floats: what a network's input is made of.
///
/// Rectangles are upright, so the places between two pixels are found once a row and once a column, not once a pixel.
/// The tables and the blended row are kept from call to call: nothing is allocated once they have their size.
struct PictureSampler {
    /// For every sample along one axis the two source pixels it lies between.
    struct Axis {
        let count: Int
        /// Samples outside this range show the fill colour.
        var covered = 0..<0
        var first: [Int]
        var second: [Int]
        /// The share of `second`, 0 to 1.
        var weight: [Float]

        init(count: Int) {
            self.count = count
            first = [Int](repeating: 0, count: count)
            second = first
            weight = [Float](repeating: 0, count: count)
        }
    }

    var columns: Axis
    var rows: Axis
    /// What the network sees of an 8-bit value: `[3, 256]`, one table a plane.
    private let levels: [Float]
    /// The channel of the picture that each plane shows.
    private let channels: (Int, Int, Int)
    private let fill: Int
    private var blended: [Float] = []

    /// A sampler of `[3, height, width]`, whose axes its owner sets before each picture.
    init(width: Int, height: Int, levels: [Float], channels: (Int, Int, Int), fill: UInt8) {
        precondition(levels.count == 3 * 256)
        columns = Axis(count: width)
        rows = Axis(count: height)
        self.levels = levels
        self.channels = channels
        self.fill = Int(fill)
    }

    /// Writes `[3, rows, columns]` at `output`. Every source index of the axes must lie in the picture.
    mutating func sample(_ image: Image, into output: UnsafeMutablePointer<Float>) {
        let width = columns.count
        let area = rows.count * width
        let across = columns.covered
        let source = across.isEmpty ? 0..<0 : columns.first[across.lowerBound] * 3..<columns.second[across.upperBound - 1] * 3 + 3
        if blended.count < image.width * 3 { blended = [Float](repeating: 0, count: image.width * 3) }
        for y in 0..<rows.count {
            let planes = (output + y * width, output + y * width + area, output + y * width + 2 * area)
            guard !across.isEmpty, rows.covered.contains(y) else {
                blank(planes, 0..<width)
                continue
            }
            blank(planes, 0..<across.lowerBound)
            blend(image, row: y, source)
            resample(planes)
            blank(planes, across.upperBound..<width)
        }
    }

    private typealias Planes = (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)

    private func blank(_ planes: Planes, _ samples: Range<Int>) {
        (planes.0 + samples.lowerBound).update(repeating: levels[fill], count: samples.count)
        (planes.1 + samples.lowerBound).update(repeating: levels[256 + fill], count: samples.count)
        (planes.2 + samples.lowerBound).update(repeating: levels[512 + fill], count: samples.count)
    }

    /// Mixes the two source rows of output row `y`.
    private mutating func blend(_ image: Image, row y: Int, _ bytes: Range<Int>) {
        let share = rows.weight[y]
        let upperStart = rows.first[y] * image.width * 3
        let lowerStart = rows.second[y] * image.width * 3
        image.pixels.withUnsafeBufferPointer { pixels in
            blended.withUnsafeMutableBufferPointer { blended in
                let upper = pixels.baseAddress! + upperStart
                let lower = pixels.baseAddress! + lowerStart
                let mixed = blended.baseAddress!
                for i in bytes {
                    let a = Float(upper[i])
                    mixed[i] = a + share * (Float(lower[i]) - a)
                }
            }
        }
    }

    /// Mixes neighbouring columns of the blended row, rounds half up, and looks the level up.
    private func resample(_ planes: Planes) {
        blended.withUnsafeBufferPointer { blended in
            columns.first.withUnsafeBufferPointer { first in
                columns.second.withUnsafeBufferPointer { second in
                    columns.weight.withUnsafeBufferPointer { weight in
                        levels.withUnsafeBufferPointer { levels in
                            let mixed = blended.baseAddress!
                            let level = levels.baseAddress!
                            for x in columns.covered {
                                let left = mixed + first[x] &* 3
                                let right = mixed + second[x] &* 3
                                let share = weight[x]
                                func value(_ channel: Int) -> Int {
                                    Int(left[channel] + share * (right[channel] - left[channel]) + 0.5)
                                }
                                planes.0[x] = level[value(channels.0)]
                                planes.1[x] = level[256 &+ value(channels.1)]
                                planes.2[x] = level[512 &+ value(channels.2)]
                            }
                        }
                    }
                }
            }
        }
    }
}
