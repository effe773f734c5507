import Kernels

/// A convolution and a SiLU: `BaseConv`; or one a channel and then one a pixel, each with a SiLU: `DWConv`.
struct ConvolutionUnit {
    private enum Form {
        case plain(Convolution)
        case separable(SeparableConvolution)
    }

    private let form: Form

    /// `BaseConv` with a window of one pixel.
    init(_ name: String, _ inputs: Int, _ outputs: Int, _ source: inout some ConvolutionSource) throws(NetworkError) {
        form = .plain(
            Convolution(
                try source.next(ConvolutionShape(name: name, inputs: inputs, outputs: outputs)), activation: .silu))
    }

    /// 3x3, in whichever form the network has them.
    init(
        threes name: String, _ inputs: Int, _ outputs: Int, stride: Int = 1, depthwise: Bool,
        _ source: inout some ConvolutionSource
    ) throws(NetworkError) {
        if depthwise {
            let shape = ConvolutionShape(
                name: "\(name).dconv", inputs: inputs, outputs: inputs, kernel: 3, stride: stride, isDepthwise: true)
            let depthwise = Convolution(try source.next(shape), activation: .silu)
            let rest = ConvolutionShape(name: "\(name).pconv", inputs: inputs, outputs: outputs)
            form = .separable(
                SeparableConvolution(
                    depthwise: depthwise, pointwise: Convolution(try source.next(rest), activation: .silu)))
        } else {
            let shape = ConvolutionShape(name: name, inputs: inputs, outputs: outputs, kernel: 3, stride: stride)
            form = .plain(Convolution(try source.next(shape), activation: .silu))
        }
    }

    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, adding residual: FeatureMap? = nil) {
        switch form {
        case .plain(let convolution): convolution(x, into: y, adding: residual)
        case .separable(let convolution): convolution(x, into: y, adding: residual)
        }
    }

    /// -> memory of its own.
    func callAsFunction(_ x: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        let (stride, outputs) =
            switch form {
            case .plain(let convolution): (convolution.stride, convolution.outputs)
            case .separable(let convolution): (convolution.stride, convolution.outputs)
            }
        let y = arena.map(batch: x.batch, height: x.height / stride, width: x.width / stride, channels: outputs)
        self(x, into: y)
        return y
    }
}

/// Two ways through, one of them by bottlenecks, joined: `CSPLayer`.
struct CSPLayer {
    /// Both ways begin as one product: the second's channels, then the first's.
    private let entrance: Convolution
    private let bottlenecks: [(ConvolutionUnit, ConvolutionUnit)]
    private let last: ConvolutionUnit
    private let half: Int
    private let hasShortcut: Bool

    init(
        _ name: String, _ inputs: Int, _ outputs: Int, depth: Int, shortcut: Bool = false, depthwise: Bool,
        _ source: inout some ConvolutionSource
    ) throws(NetworkError) {
        half = outputs / 2
        hasShortcut = shortcut
        let first = try source.next(ConvolutionShape(name: "\(name).conv1", inputs: inputs, outputs: half))
        let second = try source.next(ConvolutionShape(name: "\(name).conv2", inputs: inputs, outputs: half))
        entrance = Convolution(ConvolutionWeights(second, first), activation: .silu)
        var bottlenecks: [(ConvolutionUnit, ConvolutionUnit)] = []
        for index in 0..<depth {
            let bottleneck = "\(name).m.\(index)"
            let narrow = try ConvolutionUnit("\(bottleneck).conv1", half, half, &source)
            bottlenecks.append(
                (narrow, try ConvolutionUnit(threes: "\(bottleneck).conv2", half, half, depthwise: depthwise, &source)))
        }
        self.bottlenecks = bottlenecks
        last = try ConvolutionUnit("\(name).conv3", 2 * half, outputs, &source)
    }

    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
        arena.scope {
            func map(_ channels: Int) -> FeatureMap {
                arena.map(batch: x.batch, height: x.height, width: x.width, channels: channels)
            }
            // What the bottlenecks make of the first way, the second way, the first way.
            let all = map(3 * half)
            entrance(x, into: all.channels(half..<3 * half))
            var way = all.channels(2 * half..<3 * half)
            for (index, bottleneck) in bottlenecks.enumerated() {
                let isLast = index == bottlenecks.count - 1
                let next = isLast ? all.channels(0..<half) : map(half)
                arena.scope {
                    let narrow = bottleneck.0(way, arena)
                    bottleneck.1(narrow, into: next, adding: hasShortcut ? way : nil)
                }
                way = next
            }
            last(all.channels(0..<2 * half), into: y)
        }
    }
}

/// A map beside its maxima over windows of 5, 9 and 13: `SPPBottleneck`.
struct SPPBottleneck {
    private let first: ConvolutionUnit
    private let last: ConvolutionUnit
    private let half: Int

    init(_ name: String, _ width: Int, _ source: inout some ConvolutionSource) throws(NetworkError) {
        half = width / 2
        first = try ConvolutionUnit("\(name).conv1", width, half, &source)
        last = try ConvolutionUnit("\(name).conv2", 4 * half, width, &source)
    }

    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
        arena.scope {
            let joint = arena.map(batch: x.batch, height: x.height, width: x.width, channels: 4 * half)
            first(x, into: joint.channels(0..<half))
            // The maximum over 9 is that over 5 of that over 5; once more for 13.
            for step in 1...3 {
                maxPool(
                    joint.channels((step - 1) * half..<step * half), kernel: 5,
                    into: joint.channels(step * half..<(step + 1) * half))
            }
            last(joint, into: y)
        }
    }
}
