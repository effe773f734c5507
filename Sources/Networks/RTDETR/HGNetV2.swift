import Kernels

/// The backbone of D-FINE and DEIMv2: PP-HGNetV2 (PaddleDetection; transformers' `HGNetV2Backbone`). A stage halves the size by a depthwise
/// convolution; its blocks keep what each of their layers makes and join it in the end.
struct HGNetV2 {
    private let stem: HGStem
    private let stages: [HGStage]
    private let outputs: Int

    /// `name` is the prefix of its parameters.
    init(_ name: String, _ configuration: RTDETRConfiguration.HGNet, _ parameters: any Parameters) throws(KernelsError) {
        stem = try HGStem("\(name).embedder", configuration, parameters)
        var stages: [HGStage] = []
        for index in configuration.stages.indices {
            stages.append(
                try HGStage("\(name).encoder.stages.\(index)", isFirst: index == 0, configuration, index, parameters))
        }
        self.stages = stages
        outputs = configuration.outputs
    }
}

extension HGNetV2: Backbone {
    /// `[1, height, width, 3]` -> the maps of the last stages, the largest first.
    func callAsFunction(_ image: FeatureMap, _ arena: FeatureArena) -> [FeatureMap] {
        var maps: [FeatureMap] = []
        for stage in stages {
            let x = maps.last
            let (height, width) = x.map { ($0.height / 2, $0.width / 2) } ?? (image.height / 4, image.width / 4)
            let y = arena.map(batch: 1, height: height, width: width, channels: stage.outputs)
            arena.scope {
                stage(into: y, arena) { input in
                    if let x { stage.downsampling?(x, into: input) } else { stem(image, into: input, arena) }
                }
            }
            maps.append(y)
        }
        return maps.suffix(outputs)
    }
}

/// Two ways from the first convolution to the second half of the stem: `HGNetV2Embeddings`.
///
///     image ─ stem1 ─┬─ max of 2x2 ──── stem3 ─ stem4
///                    └─ stem2a ─ stem2b ──┘
private struct HGStem {
    private let first: Convolution
    private let narrow: Convolution
    private let wide: Convolution
    private let joined: Convolution
    private let last: Convolution

    init(_ name: String, _ configuration: RTDETRConfiguration.HGNet, _ parameters: any Parameters) throws(KernelsError) {
        func unit(_ part: String, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1) throws(KernelsError) -> Convolution
        {
            try Convolution(
                hgUnit: "\(name).\(part)", inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
                hasAffine: configuration.hasAffine, parameters)
        }
        let (width, outputs) = (configuration.stemWidth, configuration.stages[0].inputs)
        first = try unit("stem1", 3, width, kernel: 3, stride: 2)
        narrow = try unit("stem2a", width, width / 2, kernel: 2)
        wide = try unit("stem2b", width / 2, width, kernel: 2)
        joined = try unit("stem3", 2 * width, width, kernel: 3, stride: 2)
        last = try unit("stem4", width, outputs, kernel: 1)
    }

    func callAsFunction(_ image: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
        arena.scope {
            let x = arena.map(first, of: image)
            first(image, into: x)
            let both = arena.map(batch: x.batch, height: x.height, width: x.width, channels: 2 * x.channels)
            maxPoolForward(x, into: both.firstHalf)
            let between = arena.map(narrow, of: x)
            narrow(x, into: between)
            wide(between, into: both.secondHalf)
            let small = arena.map(joined, of: both)
            joined(both, into: small)
            last(small, into: y)
        }
    }
}

/// `HGNetV2Stage`: some blocks, after a convolution that halves the size unless the stage is the first.
private struct HGStage {
    /// Nil in the first stage.
    let downsampling: Convolution?
    private let blocks: [HGBlock]

    var outputs: Int { blocks[0].outputs }

    init(
        _ name: String, isFirst: Bool, _ configuration: RTDETRConfiguration.HGNet, _ index: Int, _ parameters: any Parameters
    ) throws(KernelsError) {
        let stage = configuration.stages[index]
        downsampling =
            isFirst
            ? nil
            : try Convolution(
                hgUnit: "\(name).downsample", inputs: stage.inputs, outputs: stage.inputs, kernel: 3, stride: 2,
                isDepthwise: true, isActivated: false, parameters)
        var blocks: [HGBlock] = []
        for block in 0..<stage.blocks {
            blocks.append(
                try HGBlock("\(name).blocks.\(block)", isFirst: block == 0, stage, hasAffine: configuration.hasAffine, parameters)
            )
        }
        self.blocks = blocks
    }

    /// `fill` writes the stage's input.
    func callAsFunction(into y: FeatureMap, _ arena: FeatureArena, fill: (FeatureMap) -> Void) {
        // Every block's input lies where the block wants it. One block reads a room while it writes to the next one's.
        let rooms = blocks.prefix(3).map { $0.room(height: y.height, width: y.width, arena) }
        func room(_ block: Int) -> FeatureMap { rooms[block == 0 ? 0 : 1 + (block - 1) % 2] }
        fill(blocks[0].input(of: rooms[0]))
        for (index, block) in blocks.enumerated() {
            block(room(index), into: index + 1 < blocks.count ? blocks[index + 1].input(of: room(index + 1)) : y, arena)
        }
    }
}

/// `HGNetV2BasicLayer`: layers one after the other; the input and what each of them made, beside each other, are joined by two 1x1
/// convolutions. All blocks but a stage's first add their input.
private struct HGBlock {
    private let layers: [HGLayer]
    private let squeeze: Convolution
    private let excite: Convolution
    private let inputs: Int
    private let width: Int
    private let isResidual: Bool

    var outputs: Int { excite.outputs }

    init(
        _ name: String, isFirst: Bool, _ stage: RTDETRConfiguration.HGNet.Stage, hasAffine: Bool, _ parameters: any Parameters
    ) throws(KernelsError) {
        inputs = isFirst ? stage.inputs : stage.outputs
        width = stage.width
        isResidual = !isFirst
        var layers: [HGLayer] = []
        for index in 0..<stage.layers {
            layers.append(
                try HGLayer(
                    "\(name).layers.\(index)", inputs: index == 0 ? inputs : width, stage, hasAffine: hasAffine, parameters))
        }
        self.layers = layers
        squeeze = try Convolution(
            hgUnit: "\(name).aggregation.0", inputs: inputs + stage.layers * width, outputs: stage.outputs / 2,
            hasAffine: hasAffine, parameters)
        excite = try Convolution(
            hgUnit: "\(name).aggregation.1", inputs: stage.outputs / 2, outputs: stage.outputs, hasAffine: hasAffine, parameters)
    }

    /// Memory for the input and what the layers make of it, beside each other.
    func room(height: Int, width: Int, _ arena: FeatureArena) -> FeatureMap {
        arena.map(batch: 1, height: height, width: width, channels: squeeze.inputs)
    }

    func input(of room: FeatureMap) -> FeatureMap { room.channels(0..<inputs) }

    func callAsFunction(_ room: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
        var x = input(of: room)
        for (index, layer) in layers.enumerated() {
            let first = inputs + index * width
            let next = room.channels(first..<first + width)
            layer(x, into: next, arena)
            x = next
        }
        arena.scope {
            let narrow = arena.map(squeeze, of: room)
            squeeze(room, into: narrow)
            excite(narrow, into: y, adding: isResidual ? input(of: room) : nil)
        }
    }
}

/// A convolution, or, in a light block, a 1x1 one and a depthwise one: `HGNetV2ConvLayer`, `HGNetV2ConvLayerLight`.
private struct HGLayer {
    /// Nil but in a light block.
    private let pointwise: Convolution?
    private let convolution: Convolution

    init(
        _ name: String, inputs: Int, _ stage: RTDETRConfiguration.HGNet.Stage, hasAffine: Bool, _ parameters: any Parameters
    ) throws(KernelsError) {
        pointwise =
            stage.isLight
            ? try Convolution(hgUnit: "\(name).conv1", inputs: inputs, outputs: stage.width, isActivated: false, parameters) : nil
        convolution = try Convolution(
            hgUnit: stage.isLight ? "\(name).conv2" : name, inputs: stage.isLight ? stage.width : inputs, outputs: stage.width,
            kernel: stage.kernel, isDepthwise: stage.isLight, hasAffine: hasAffine, parameters)
    }

    func callAsFunction(_ x: FeatureMap, into y: FeatureMap, _ arena: FeatureArena) {
        guard let pointwise else { return convolution(x, into: y) }
        arena.scope {
            let between = arena.map(pointwise, of: x)
            pointwise(x, into: between)
            convolution(between, into: y)
        }
    }
}

extension Convolution {
    /// `HGNetV2ConvLayer`: a convolution, its batch norm, and a ReLU whose result a learnable affine block may scale and shift by a number
    /// each. A kernel of even size sees zeros to the right and below only.
    ///
    /// The block folds into what is before it: `s max(z, 0) + b` is `max(s z + b, b)`, or `min(s z + b, b)` where `s` is negative.
    fileprivate init(
        hgUnit name: String, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, isDepthwise: Bool = false,
        isActivated: Bool = true, hasAffine: Bool = false, _ parameters: any Parameters
    ) throws(KernelsError) {
        let folded = try ConvolutionWeights(
            "\(name).convolution", norm: "\(name).normalization", inputs: inputs, outputs: outputs, kernel: kernel,
            stride: stride, groups: isDepthwise ? inputs : 1, epsilon: HGNetV2.epsilon, parameters)
        guard isActivated, hasAffine else {
            self.init(folded, activation: isActivated ? .relu : .none)
            return
        }
        let scale = try parameters.tensor("\(name).lab.scale", shape: [1]).array[0]
        let shift = try parameters.tensor("\(name).lab.bias", shape: [1]).array[0]
        for index in 0..<folded.weight.count { folded.weight.pointer[index] *= scale }
        for index in 0..<outputs { folded.bias.pointer[index] = folded.bias.pointer[index] * scale + shift }
        self.init(
            folded,
            activation: scale < 0 ? .clamp(low: -.infinity, high: shift) : .clamp(low: shift, high: .infinity))
    }
}

extension HGNetV2 {
    /// That of its batch norms.
    fileprivate static let epsilon: Float = 1e-5
}
