import Kernels

/// What fuses two maps into one.
protocol FusionLayer {
    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, _ arena: FeatureArena)
}

/// An efficient layer aggregation network (GELAN; Wang et al., arXiv 2402.13616): a CSP layer and a convolution, the same again behind it,
/// and all that was made beside each other joined. transformers' `DFineRepNCSPELAN4` and, with two maps added up instead of beside each
/// other, `Deimv2RepNCSPELAN5`.
///
///     x ─ first ─┬─ half ───────────────────────────────────────────────┬─ last
///                └─ half ─┬─ CSP ─ 3x3 ─┬─ CSP ─ 3x3 ────────────────────┤
///                         └─────────────┴───────────────────────────────┘
struct ELANLayer {
    private let first: Convolution
    private let ways: [(csp: CSPRepLayer, convolution: Convolution)]
    private let last: Convolution

    init(_ name: String, _ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let (width, narrow) = (configuration.encoderWidth, configuration.cspWidth)
        let isSecond = configuration.family == .deimV2
        func unit(_ part: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1) throws(KernelsError) -> Convolution {
            try Convolution(
                unit: "\(name).\(part)", inputs: inputs, outputs: outputs, kernel: kernel, configuration,
                activation: configuration.activation, parameters)
        }
        first = try unit("conv1", isSecond ? width : 2 * width, 2 * width)
        var ways: [(csp: CSPRepLayer, convolution: Convolution)] = []
        for index in 1...2 {
            ways.append(
                (
                    try CSPRepLayer(
                        "\(name).csp_rep\(index)", inputs: index == 1 ? width : narrow, outputs: narrow, configuration, parameters
                    ), try unit(isSecond ? "csp_rep\(index).conv2" : "conv\(index + 1)", narrow, narrow, kernel: 3)
                ))
        }
        self.ways = ways
        last = try unit(isSecond ? "conv2" : "conv4", 2 * width + 2 * narrow, width)
    }
}

extension ELANLayer: FusionLayer {
    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
        arena.scope {
            let all = arena.map(batch: x.batch, height: x.height, width: x.width, channels: last.inputs)
            first(x, into: all.channels(0..<first.outputs))
            var seen = all.channels(first.outputs / 2..<first.outputs)
            var place = first.outputs
            for (csp, convolution) in ways {
                let next = all.channels(place..<place + convolution.outputs)
                arena.scope {
                    let between = arena.map(batch: x.batch, height: x.height, width: x.width, channels: convolution.inputs)
                    csp(seen, into: between, arena)
                    convolution(between, into: next)
                }
                (seen, place) = (next, place + convolution.outputs)
            }
            last(all, into: y)
        }
    }
}
