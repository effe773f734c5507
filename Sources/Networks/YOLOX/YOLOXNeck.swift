import Kernels

/// The path aggregation network between backbone and heads: from coarse to fine and up again (`YOLOPAFPN`).
final class YOLOXNeck {
    private let lateral0: ConvolutionUnit
    private let p4: CSPLayer
    private let reduce1: ConvolutionUnit
    private let p3: CSPLayer
    private let down2: ConvolutionUnit
    private let n3: CSPLayer
    private let down1: ConvolutionUnit
    private let n4: CSPLayer
    /// Channels of the three levels.
    private let widths: [Int]

    /// Maps that are written by one layer each half and read as one.
    struct Joints {
        /// `[doubled reduce1 | third]`, `[doubled lateral0 | fourth]`, `[down2 | reduce1]`, `[down1 | lateral0]`
        let p3: FeatureMap
        let p4: FeatureMap
        let n3: FeatureMap
        let n4: FeatureMap
        /// The backbone's last output.
        let fifth: FeatureMap

        var third: FeatureMap { p3.secondHalf }
        var fourth: FeatureMap { p4.secondHalf }
    }

    init(_ configuration: YOLOXConfiguration, _ source: inout some ConvolutionSource) throws(NetworkError) {
        let (depth, depthwise) = (configuration.depth, configuration.isDepthwise)
        let (a, b, c) = (4 * configuration.width, 8 * configuration.width, 16 * configuration.width)
        widths = [a, b, c]
        lateral0 = try ConvolutionUnit("backbone.lateral_conv0", c, b, &source)
        p4 = try CSPLayer("backbone.C3_p4", 2 * b, b, depth: depth, depthwise: depthwise, &source)
        reduce1 = try ConvolutionUnit("backbone.reduce_conv1", b, a, &source)
        p3 = try CSPLayer("backbone.C3_p3", 2 * a, a, depth: depth, depthwise: depthwise, &source)
        down2 = try ConvolutionUnit(threes: "backbone.bu_conv2", a, a, stride: 2, depthwise: depthwise, &source)
        n3 = try CSPLayer("backbone.C3_n3", 2 * a, b, depth: depth, depthwise: depthwise, &source)
        down1 = try ConvolutionUnit(threes: "backbone.bu_conv1", b, b, stride: 2, depthwise: depthwise, &source)
        n4 = try CSPLayer("backbone.C3_n4", 2 * b, c, depth: depth, depthwise: depthwise, &source)
    }

    func joints(for image: FeatureMap, _ arena: FeatureArena) -> Joints {
        func map(_ stride: Int, _ channels: Int) -> FeatureMap {
            arena.map(batch: image.batch, height: image.height / stride, width: image.width / stride, channels: channels)
        }
        return Joints(
            p3: map(8, 2 * widths[0]), p4: map(16, 2 * widths[1]), n3: map(16, 2 * widths[0]), n4: map(32, 2 * widths[1]),
            fifth: map(32, widths[2]))
    }

    /// The maps for the heads of strides 8, 16 and 32.
    func callAsFunction(_ joints: Joints, _ arena: FeatureArena) -> [FeatureMap] {
        let (coarse, middle) = (joints.n4.secondHalf, joints.n3.secondHalf)
        lateral0(joints.fifth, into: coarse)
        coarse.doubled(into: joints.p4.firstHalf)
        arena.scope {
            let joined = arena.map(batch: middle.batch, height: middle.height, width: middle.width, channels: widths[1])
            p4(joints.p4, into: joined, arena)
            reduce1(joined, into: middle)
        }
        middle.doubled(into: joints.p3.firstHalf)
        func output(_ layer: CSPLayer, _ x: FeatureMap, _ channels: Int) -> FeatureMap {
            let y = arena.map(batch: x.batch, height: x.height, width: x.width, channels: channels)
            layer(x, into: y, arena)
            return y
        }
        let small = output(p3, joints.p3, widths[0])
        down2(small, into: joints.n3.firstHalf)
        let medium = output(n3, joints.n3, widths[1])
        down1(medium, into: joints.n4.firstHalf)
        return [small, medium, output(n4, joints.n4, widths[2])]
    }
}
