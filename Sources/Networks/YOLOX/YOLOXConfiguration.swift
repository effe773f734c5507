import Kernels

/// The shape of a YOLOX.
package struct YOLOXConfiguration: Sendable, Equatable {
    /// Channels after the stem: 64 times the official `width`.
    package var width: Int
    /// Bottlenecks in a short stage: 3 times the official `depth`, rounded.
    package var depth: Int
    /// Whether the 3x3 convolutions are split into one a channel and one a pixel.
    package var isDepthwise: Bool
    package var classes: Int

    package static let nano = YOLOXConfiguration(width: 16, depth: 1, isDepthwise: true, classes: 80)
    package static let tiny = YOLOXConfiguration(width: 24, depth: 1, isDepthwise: false, classes: 80)
    package static let s = YOLOXConfiguration(width: 32, depth: 1, isDepthwise: false, classes: 80)
}

extension YOLOXConfiguration {
    /// Tells the shape from the convolutions, in the order of `YOLOX.init(convolutions:)`.
    init(of convolutions: [ConvolutionWeights]) throws(NetworkError) {
        let count = convolutions.count
        guard count > 2, convolutions[0].inputs == 12, convolutions[0].kernel == (3, 3) else {
            throw NetworkError("these \(count) convolutions are not those of a YOLOX: the first is no stem over 12 channels")
        }
        // Each has a copy of its own when it is laid out, also where the file has one tensor for several.
        let numbers = convolutions.reduce(0) { $0 + $1.weight.count }
        guard numbers <= 1 << 28 else {
            throw NetworkError("\(count) convolutions would take \(numbers >> 18) MiB; posed takes 1024 MiB at most")
        }
        width = convolutions[0].outputs
        isDepthwise = convolutions[1].isDepthwise
        // A 3x3 convolution counts once or twice. There are 18 of them and 41 others at any depth, and two more in each of
        // the 12 bottlenecks that a depth of 1 has.
        let threes = isDepthwise ? 2 : 1
        let (fixed, bottlenecks) = (41 + 18 * threes, 12 * (1 + threes))
        guard count > fixed, (count - fixed) % bottlenecks == 0 else {
            throw NetworkError("\(count) convolutions do not make a YOLOX of any depth")
        }
        depth = (count - fixed) / bottlenecks
        classes = convolutions[count - 3 - 2 * threes].outputs
        if let complaint = beyondLimits { throw NetworkError(complaint) }
    }

    /// What is beyond the limits of docs/models.md, if anything is; YOLOX-x has a width of 80 and a depth of 4.
    var beyondLimits: String? {
        for (name, size, most) in [("width", width, 1024), ("depth", depth, 16), ("number of classes", classes, 1000)]
        where !(1...most).contains(size) {
            return "a YOLOX whose \(name) is \(size); posed takes 1 to \(most)"
        }
        return nil
    }
}
