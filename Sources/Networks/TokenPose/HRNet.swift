import Kernels

/// The first layers of HRNet (arXiv 1902.09212): two convolutions of stride 2 and four bottlenecks.
struct ConvolutionalStem {
    private let convolutions: [Convolution]
    private let layers: [ResidualLayer]

    static let width = 256
    static let inner = 64

    /// `name` is the prefix of its parameters.
    init(_ name: String, _ parameters: any Parameters) throws(KernelsError) {
        let inner = Self.inner
        convolutions = [
            try Convolution("\(name).conv1", "\(name).bn1", inputs: 3, outputs: inner, kernel: 3, stride: 2, .relu, parameters),
            try Convolution(
                "\(name).conv2", "\(name).bn2", inputs: inner, outputs: inner, kernel: 3, stride: 2, .relu, parameters),
        ]
        var layers: [ResidualLayer] = []
        for index in 0..<4 {
            layers.append(
                try ResidualLayer(
                    "\(name).layer1.\(index)", kernels: [1, 3, 1], inputs: index == 0 ? inner : Self.width, inner: inner,
                    outputs: Self.width, parameters))
        }
        self.layers = layers
    }

    /// `[batch, height, width, 3]` -> `[batch, height / 4, width / 4, 256]`
    func callAsFunction(_ image: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        var x = image
        for convolution in convolutions { x = convolution.mapped(x, arena) }
        for layer in layers { x = layer(x, arena) }
        return x
    }
}

/// HRNet's first three stages (arXiv 1902.09212, section 3): branches of halved sizes and doubled widths, which take from each other
/// again and again; the finest one comes out.
struct HRNet {
    private let stem: ConvolutionalStem
    private let transitions: [Convolution]
    private let second: ExchangeUnit
    private let coarsest: Convolution
    private let third: [ExchangeUnit]

    init(_ name: String, width: Int, _ parameters: any Parameters) throws(KernelsError) {
        func transition(_ place: String, inputs: Int, outputs: Int, stride: Int) throws(KernelsError) -> Convolution {
            try Convolution(
                "\(name).\(place).0", "\(name).\(place).1", inputs: inputs, outputs: outputs, kernel: 3, stride: stride, .relu,
                parameters)
        }
        stem = try ConvolutionalStem(name, parameters)
        let widths = [width, 2 * width, 4 * width]
        transitions = [
            try transition("transition1.0", inputs: ConvolutionalStem.width, outputs: widths[0], stride: 1),
            try transition("transition1.1.0", inputs: ConvolutionalStem.width, outputs: widths[1], stride: 2),
        ]
        second = try ExchangeUnit("\(name).stage2.0", widths: Array(widths[..<2]), outputs: 2, parameters)
        coarsest = try transition("transition2.2.0", inputs: widths[1], outputs: widths[2], stride: 2)
        var third: [ExchangeUnit] = []
        for (index, outputs) in [3, 3, 3, 1].enumerated() {
            third.append(try ExchangeUnit("\(name).stage3.\(index)", widths: widths, outputs: outputs, parameters))
        }
        self.third = third
    }

    /// `[batch, height, width, 3]` -> `[batch, height / 4, width / 4, width of the finest branch]`
    func callAsFunction(_ image: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        let x = stem(image, arena)
        var maps = second(transitions.map { $0.mapped(x, arena) }, arena)
        maps.append(coarsest.mapped(maps[1], arena))
        for unit in third { maps = unit(maps, arena) }
        return maps[0]
    }
}

/// Four basic layers in each branch, then each output is the sum of what comes from all branches: 3x3 convolutions of stride 2 from finer
/// ones, a 1x1 and an enlargement from coarser ones.
struct ExchangeUnit {
    private let branches: [[ResidualLayer]]
    /// From each branch to each output, by output; empty from a branch to itself.
    private let ways: [[[Convolution]]]

    init(_ name: String, widths: [Int], outputs: Int, _ parameters: any Parameters) throws(KernelsError) {
        var branches: [[ResidualLayer]] = []
        for (branch, width) in widths.enumerated() {
            var layers: [ResidualLayer] = []
            for index in 0..<4 {
                layers.append(
                    try ResidualLayer(
                        "\(name).branches.\(branch).\(index)", kernels: [3, 3], inputs: width, inner: width, outputs: width,
                        parameters))
            }
            branches.append(layers)
        }
        self.branches = branches
        var ways: [[[Convolution]]] = []
        for target in 0..<outputs {
            var row: [[Convolution]] = []
            for source in widths.indices {
                row.append(
                    try Self.way("\(name).fuse_layers.\(target).\(source)", widths, from: source, to: target, parameters))
            }
            ways.append(row)
        }
        self.ways = ways
    }

    private static func way(
        _ name: String, _ widths: [Int], from source: Int, to target: Int, _ parameters: any Parameters
    ) throws(KernelsError) -> [Convolution] {
        if source > target {
            return [
                try Convolution(
                    "\(name).0", "\(name).1", inputs: widths[source], outputs: widths[target], kernel: 1, .none, parameters)
            ]
        }
        var steps: [Convolution] = []
        for step in 0..<target - source {
            let isLast = step == target - source - 1
            steps.append(
                try Convolution(
                    "\(name).\(step).0", "\(name).\(step).1", inputs: widths[source], outputs: widths[isLast ? target : source],
                    kernel: 3, stride: 2, isLast ? .none : .relu, parameters))
        }
        return steps
    }

    /// The maps of the branches, the finest first; they are changed.
    func callAsFunction(_ maps: [FeatureMap], _ arena: FeatureArena) -> [FeatureMap] {
        let maps = zip(branches, maps).map { layers, map in layers.reduce(map) { $1($0, arena) } }
        return ways.enumerated().map { target, ways in
            let map = maps[target]
            let tensor = arena.tensor([map.batch, map.height, map.width, map.channels])
            let y = FeatureMap(tensor)
            for (source, way) in ways.enumerated() { add(way, maps[source], from: source, to: target, y, arena) }
            Activation.relu(tensor)
            return y
        }
    }

    /// Adds what comes from a branch; from the first one, `y` is filled with it.
    private func add(
        _ way: [Convolution], _ x: FeatureMap, from source: Int, to target: Int, _ y: FeatureMap, _ arena: FeatureArena
    ) {
        guard let last = way.last else { return y.fill(x, enlarged: 1, adding: source > 0) }
        arena.scope {
            guard source < target else {
                return y.fill(last.mapped(x, arena), enlarged: 1 << (source - target), adding: source > 0)
            }
            let before = way.dropLast().reduce(x) { $1.mapped($0, arena) }
            last(before, into: y, accumulating: source > 0)
        }
    }
}

extension Convolution {
    /// A convolution and its batch norm by the names of HRNet's repository.
    fileprivate init(
        _ name: String, _ norm: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, _ activation: Activation,
        _ parameters: any Parameters
    ) throws(KernelsError) {
        self.init(
            try parameters.convolution(
                name, norm: norm, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, epsilon: 1e-5),
            activation: activation)
    }

    /// What it makes of `x`, in memory of its own.
    fileprivate func mapped(_ x: FeatureMap, _ arena: FeatureArena) -> FeatureMap {
        let y = arena.map(self, of: x)
        self(x, into: y)
        return y
    }
}

extension ResidualLayer {
    /// A basic or a bottleneck layer (arXiv 1512.03385) by the names of HRNet's repository, with a convolution as its shortcut where the
    /// width changes.
    fileprivate init(
        _ name: String, kernels: [Int], inputs: Int, inner: Int, outputs: Int, _ parameters: any Parameters
    ) throws(KernelsError) {
        var convolutions: [Convolution] = []
        for (index, kernel) in kernels.enumerated() {
            convolutions.append(
                try Convolution(
                    "\(name).conv\(index + 1)", "\(name).bn\(index + 1)", inputs: index == 0 ? inputs : inner,
                    outputs: index == kernels.count - 1 ? outputs : inner, kernel: kernel, .relu, parameters))
        }
        self.init(
            convolutions: convolutions,
            shortcut: inputs == outputs
                ? nil
                : try Convolution(
                    "\(name).downsample.0", "\(name).downsample.1", inputs: inputs, outputs: outputs, kernel: 1, .none, parameters
                ))
    }
}
