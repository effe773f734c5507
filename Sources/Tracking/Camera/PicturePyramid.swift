import PoseTypes

/// A picture's green, made small: about 96 samples along its longer side, then half, then a quarter of that.
struct PicturePyramid: Sendable {
    struct Level: Sendable {
        let width: Int
        let height: Int
        var values: [Float]
    }

    /// Pixels along each side of a sample of the first level.
    let cell: Int
    private(set) var levels: [Level]

    private static let longerSide = 96

    init(_ image: Image) {
        cell = max(1, (max(image.width, image.height) + Self.longerSide - 1) / Self.longerSide)
        levels = [Self.sampled(image, cell: cell)]
        while levels.count < 3, let last = levels.last, min(last.width, last.height) >= 16 { levels.append(Self.halved(last)) }
    }

    /// Each sample is the mean of a grid of 4x4 pixels, spread evenly over its cell: enough against aliasing, and a cost that does not
    /// grow with the picture.
    private static func sampled(_ image: Image, cell: Int) -> Level {
        let (width, height) = (image.width / cell, image.height / cell)
        let offset = { (number: Int) in (2 * number + 1) * cell / 8 }
        let (a, b, c, d) = (3 * offset(0) + 1, 3 * offset(1) + 1, 3 * offset(2) + 1, 3 * offset(3) + 1)
        let values = [Float](unsafeUninitializedCapacity: width * height) { values, count in
            image.pixels.withUnsafeBufferPointer { pixels in
                guard let base = pixels.baseAddress else { return }
                for row in 0..<height {
                    var first = base + 3 * (row * cell + offset(0)) * image.width
                    var second = base + 3 * (row * cell + offset(1)) * image.width
                    var third = base + 3 * (row * cell + offset(2)) * image.width
                    var fourth = base + 3 * (row * cell + offset(3)) * image.width
                    for place in row * width..<(row + 1) * width {
                        func sum(_ line: UnsafePointer<UInt8>) -> UInt32 {
                            UInt32(line[a]) &+ UInt32(line[b]) &+ UInt32(line[c]) &+ UInt32(line[d])  // fits: bytes
                        }
                        values[place] = Float(sum(first) &+ sum(second) &+ sum(third) &+ sum(fourth)) * (1.0 / 16)
                        first += 3 * cell
                        second += 3 * cell
                        third += 3 * cell
                        fourth += 3 * cell
                    }
                }
            }
            count = width * height
        }
        return Level(width: width, height: height, values: values)
    }

    private static func halved(_ level: Level) -> Level {
        let (width, height) = (level.width / 2, level.height / 2)
        var values: [Float] = []
        values.reserveCapacity(width * height)
        for row in 0..<height {
            for column in 0..<width {
                let first = 2 * row * level.width + 2 * column
                let upper = level.values[first] + level.values[first + 1]
                values.append((upper + level.values[first + level.width] + level.values[first + level.width + 1]) / 4)
            }
        }
        return Level(width: width, height: height, values: values)
    }
}
