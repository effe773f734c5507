import PoseTypes

/// Cuts a person out of a picture: resized bilinearly, black where there is no picture, rounded to 8 bits as the reference
/// does, normalised, in three planes.
///
/// Crops are upright, so the places between two pixels are found once a row and once a column, not once a pixel. The tables
/// and the blended row are kept from call to call: nothing is allocated once they have their size, and one thread uses them.
final class CropSampler {
    /// For every sample along one axis the two source pixels it lies between.
    struct Axis {
        let count: Int
        /// Samples outside this range are black.
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

    private var columns: Axis
    private var rows: Axis
    /// What the network sees of an 8-bit value: `[3, 256]`, one table a plane.
    private let levels: [Float]
    private var blended: [Float] = []

    init(width: Int, height: Int, levels: [Float]) {
        precondition(levels.count == 3 * 256)
        columns = Axis(count: width)
        rows = Axis(count: height)
        self.levels = levels
    }

    /// Writes `[3, height, width]` at `output`: red, green, blue.
    func cut(_ crop: PersonCrop, from image: Image, into output: UnsafeMutablePointer<Float>) {
        columns.cover(crop.x, of: image.width)
        rows.cover(crop.y, of: image.height)
        sample(image, into: output)
    }

    private func sample(_ image: Image, into output: UnsafeMutablePointer<Float>) {
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
        (planes.0 + samples.lowerBound).update(repeating: levels[0], count: samples.count)
        (planes.1 + samples.lowerBound).update(repeating: levels[256], count: samples.count)
        (planes.2 + samples.lowerBound).update(repeating: levels[512], count: samples.count)
    }

    /// Mixes the two source rows of output row `y`.
    private func blend(_ image: Image, row y: Int, _ bytes: Range<Int>) {
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
                                    // fits: pixels lie in 0...255
                                    Int(left[channel] + share * (right[channel] - left[channel]) + 0.5)
                                }
                                planes.0[x] = level[value(0)]
                                planes.1[x] = level[256 &+ value(1)]
                                planes.2[x] = level[512 &+ value(2)]
                            }
                        }
                    }
                }
            }
        }
    }
}
