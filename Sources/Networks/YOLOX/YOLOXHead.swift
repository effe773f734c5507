import Kernels

/// The head of one level: one branch says what, the other where and whether (`YOLOXHead`, decoupled).
final class YOLOXHead {
    private let stem: ConvolutionUnit
    private let classBranch: [ConvolutionUnit]
    private let classes: Convolution
    private let boxBranch: [ConvolutionUnit]
    private let box: Convolution
    private let objectness: Convolution

    init(
        _ level: Int, _ configuration: YOLOXConfiguration, _ source: inout some ConvolutionSource
    ) throws(NetworkError) {
        let width = 4 * configuration.width
        stem = try ConvolutionUnit("head.stems.\(level)", width << level, width, &source)
        func branch(_ name: String, _ source: inout some ConvolutionSource) throws(NetworkError) -> [ConvolutionUnit] {
            var units: [ConvolutionUnit] = []
            for index in 0..<2 {
                units.append(
                    try ConvolutionUnit(
                        threes: "head.\(name).\(level).\(index)", width, width, depthwise: configuration.isDepthwise, &source))
            }
            return units
        }
        func prediction(
            _ name: String, _ outputs: Int, _ activation: Activation, _ source: inout some ConvolutionSource
        ) throws(NetworkError) -> Convolution {
            let shape = ConvolutionShape(name: "head.\(name).\(level)", inputs: width, outputs: outputs)
            return Convolution(try source.next(shape), activation: activation)
        }
        classBranch = try branch("cls_convs", &source)
        classes = try prediction("cls_preds", configuration.classes, .sigmoid, &source)
        boxBranch = try branch("reg_convs", &source)
        box = try prediction("reg_preds", 4, .none, &source)
        objectness = try prediction("obj_preds", 1, .sigmoid, &source)
    }

    /// Writes the rows `cells` of every image of `output` `[batch, cells, 5 + classes]`.
    func callAsFunction(_ x: FeatureMap, into output: Tensor, _ cells: Range<Int>, _ arena: FeatureArena) {
        arena.scope {
            let stemmed = stem(x, arena)
            let boxes = boxBranch.reduce(stemmed) { $1($0, arena) }
            let kinds = classBranch.reduce(stemmed) { $1($0, arena) }
            for index in 0..<x.batch {
                let rows = output.slice(index..<index + 1).reshaped(Array(output.shape.dropFirst())).slice(cells)
                let map = FeatureMap(rows.reshaped([1, x.height, x.width, output.shape[2]]))
                box(boxes.image(index), into: map.channels(0..<4))
                objectness(boxes.image(index), into: map.channels(4..<5))
                classes(kinds.image(index), into: map.channels(5..<map.channels))
            }
        }
    }
}
