import Kernels

/// YOLOX (Ge et al., arXiv 2107.08430): nano, tiny, s and the larger ones.
///
///     image ─ stem ─ dark2 ─ dark3 ─┬─ dark4 ─┬─ dark5 ─ lateral0 ─┐
///                                   │         ▼                    │
///                                   ▼       C3_p4 ◀──── doubled ───┤
///                                 C3_p3 ◀ doubled ─ reduce_conv1   │
///                                   │         │                    ▼
///                                   ├───────▶ C3_n3 ──────────▶  C3_n4
///                                 head 8    head 16             head 32
///
/// Layers bear the names of the official implementation (`YOLOPAFPN`, `YOLOXHead`).
package final class YOLOX {
    package let configuration: YOLOXConfiguration
    /// How many classes it tells apart.
    package var classes: Int { configuration.classes }
    private let backbone: CSPDarknet
    private let neck: YOLOXNeck
    private let heads: [YOLOXHead]
    private let arena = FeatureArena()
    private var output = Tensor([0])

    /// Strides of the three levels of cells, in the order of the output.
    package static let strides = [8, 16, 32]

    /// The convolutions in the order in which the official network runs them, which is the order of the Conv nodes in the
    /// official ONNX files: batch norm folded, stride, padding and groups as there. Which network they are of is told from
    /// their shapes.
    package convenience init(convolutions: [ConvolutionWeights], precision: Precision = .fp32) throws(NetworkError) {
        var list = ConvolutionList(convolutions, precision: precision)
        try self.init(configuration: YOLOXConfiguration(of: convolutions), source: &list)
        try list.verifyAllUsed()
    }

    /// A network of a certain shape that has learnt nothing: for measuring.
    package convenience init(untrained configuration: YOLOXConfiguration, precision: Precision = .fp32) {
        var source = RandomConvolutions(precision: precision)
        do { try self.init(configuration: configuration, source: &source) } catch {
            preconditionFailure("random convolutions are never missing: \(error)")
        }
    }

    init(configuration: YOLOXConfiguration, source: inout some ConvolutionSource) throws(NetworkError) {
        self.configuration = configuration
        backbone = try CSPDarknet(configuration, &source)
        neck = try YOLOXNeck(configuration, &source)
        var heads: [YOLOXHead] = []
        for level in Self.strides.indices { heads.append(try YOLOXHead(level, configuration, &source)) }
        self.heads = heads
    }

    /// Images `[batch, 3, height, width]`, BGR 0 to 255, sides multiples of 32 -> `[batch, cells, 5 + classes]`: dx, dy,
    /// log w, log h in units of the cell's stride, undecoded, then objectness and classes after the sigmoid. Cells come in
    /// the order of strides 8, 16, 32, rows then columns.
    ///
    /// The result is the network's own storage, valid until the next call.
    package func callAsFunction(_ images: Tensor) -> Tensor {
        let shape = images.shape
        precondition(
            shape.count == 4 && shape[1] == 3 && shape[2] % 32 == 0 && shape[3] % 32 == 0,
            "YOLOX takes [batch, 3, height, width] with sides that are multiples of 32, not \(shape)")
        arena.reset()
        let cells = Self.strides.map { (shape[2] / $0) * (shape[3] / $0) }
        let wanted = [shape[0], cells.reduce(0, +), 5 + configuration.classes]
        if output.shape != wanted { output = Tensor(wanted) }

        let input = arena.map(batch: shape[0], height: shape[2], width: shape[3], channels: 3)
        input.fill(planes: images)
        let joints = neck.joints(for: input, arena)
        backbone(input, joints, arena)
        var first = 0
        for (level, map) in neck(joints, arena).enumerated() {
            heads[level](map, into: output, first..<first + cells[level], arena)
            first += cells[level]
        }
        return output
    }
}
