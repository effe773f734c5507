import FoundationEssentials
import Kernels
import PoseTypes

/// A TokenPose as `torch.onnx` exports it: its shape is read off the graph.
extension TokenPose {
    package convenience init(onnx file: URL, precision: Precision = .fp32) throws(NetworkError) {
        try self.init(try ONNXGraph(contentsOf: file), of: file, precision: precision)
    }

    /// `file` is named in errors.
    convenience init(_ graph: ONNXGraph, of file: URL, precision: Precision = .fp32) throws(NetworkError) {
        let parameters = try ONNXParameters(graph, of: file.path, precision: precision)
        let configuration: TokenPoseConfiguration
        do { configuration = try TokenPoseConfiguration(of: graph, parameters) } catch {
            throw NetworkError("\(file.path) is not an ONNX export of a TokenPose: \(error)")
        }
        try verifyHead(of: configuration.width / configuration.heads, fits: precision, in: file)
        do { try self.init(configuration: configuration, parameters: parameters) } catch {
            throw NetworkError(error.description)
        }
        try parameters.verifyAllUsed()
    }
}

extension CropPreprocessing {
    /// Those of the paper's evaluation, which an ONNX file does not tell.
    init(tokenPose configuration: TokenPoseConfiguration) {
        input = NetworkInput(height: configuration.imageHeight, width: configuration.imageWidth, isNormalized: true)
        (affine, refinement) = (.classic, .dark)
    }
}

extension TokenPoseConfiguration {
    /// Layers in all, and heads, of the published networks: a graph whose batch is not fixed does not tell the heads.
    private static let published: [(stem: Stem, layers: Int, groups: Int, heads: Int)] = [
        (.none, 12, 1, 16), (.convolutional, 12, 1, 8), (.hrnet(width: 32), 12, 1, 8), (.hrnet(width: 48), 6, 3, 8),
        (.hrnet(width: 48), 24, 3, 12),
    ]

    /// `parameters` are those of `graph`.
    init(of graph: ONNXGraph, _ parameters: ONNXParameters) throws(NetworkError) {
        guard graph.inputShapes.count == 1, graph.inputShapes[0].count == 4, graph.inputShapes[0][1] == 3 else {
            throw NetworkError("its input is not one of [batch, 3, height, width]")
        }
        (imageHeight, imageWidth) = (graph.inputShapes[0][2], graph.inputShapes[0][3])
        switch parameters.convolutionCount {
        case 0: stem = .none
        case 15: stem = .convolutional
        // Behind the first layers' 15.
        case 155: stem = .hrnet(width: parameters.outputs(ofConvolution: 15) ?? 0)
        case let count: throw NetworkError("it has \(count) convolutions, and a TokenPose has 0 (T), 15 (S) or 155 (B, L)")
        }
        let matrices = parameters.matrices
        // One for the patches, four for a layer, one or two for the heatmaps.
        let headLayers = (matrices.count - 1) % 4
        let layers = (matrices.count - 1) / 4
        guard layers > 0, headLayers == 1 || headLayers == 2 else {
            throw NetworkError("it has \(matrices.count) matrices that a TokenPose does not")
        }
        width = matrices[0].outputs
        hidden = matrices[3].outputs
        let first = matrices[1 + 4 * layers]
        hiddenHeatmap = headLayers == 2 ? first.outputs : 0
        guard width > 0, first.inputs % width == 0, case let groups = first.inputs / width, groups > 0, layers % groups == 0
        else {
            throw NetworkError("its heatmaps are made of \(first.inputs) numbers, which are no groups of keypoint tokens")
        }
        depths = [Int](repeating: layers / groups, count: groups)
        guard
            let keypoints = parameters.joined.lazy.compactMap({ graph.initializers[$0]?.shape }).first(where: { $0.last == width }
            ),
            keypoints[0] == 1, let name = parameters.added.first, let shape = graph.initializers[name]?.shape, shape.last == width
        else { throw NetworkError("it has no keypoint tokens or no positions") }
        labels = try Self.labels(keypoints[1])
        let positions = try parameters.stored(name)
        try take(grid: Self.grid(of: positions.reshaped([shape[1], width])))
        heads = try heads(parameters.shapes, tokens: keypoints[1] + shape[1])
        if let complaint = beyondLimits { throw NetworkError(complaint) }
        guard patches == shape[1], shape[0] == 1 else {
            throw NetworkError("it has \(shape[1]) positions for \(patches) patches")
        }
    }

    /// Rows and columns: the first half of a sine position is that of its row.
    private static func grid(of positions: Tensor) -> (rows: Int, columns: Int) {
        let (count, width, half) = (positions.shape[0], positions.shape[1], positions.shape[1] / 2)
        let numbers = positions.array
        let columns = (1..<max(count, 1)).first { index in
            !numbers[index * width..<index * width + half].elementsEqual(numbers[0..<half])
        }
        return (count / (columns ?? count), columns ?? count)
    }

    private mutating func take(grid: (rows: Int, columns: Int)) throws(NetworkError) {
        guard map.height % grid.rows == 0, map.width % grid.columns == 0 else {
            throw NetworkError("its positions are those of \(grid.rows)x\(grid.columns) patches, which do not fill its crops")
        }
        (patchHeight, patchWidth) = (map.height / grid.rows, map.width / grid.columns)
    }

    private static func labels(_ count: Int) throws(NetworkError) -> [String] {
        switch count {
        case Skeleton.coco17.joints.count: return Skeleton.coco17.joints
        case PoseDataset.mpii.skeleton.joints.count: return PoseDataset.mpii.skeleton.joints
        default:
            throw NetworkError(
                "it finds \(count) keypoints, and the names only of COCO's 17 and MPII's 16 are known: convert its checkpoint")
        }
    }

    /// From the shape that queries are cut into heads by; else that of the published network with these layers.
    private func heads(_ shapes: [[Int]], tokens: Int) throws(NetworkError) -> Int {
        for shape in shapes where shape.count == 4 && shape[1] == tokens && shape[2] > 0 && width % shape[2] == 0 {
            if shape[3] == width / shape[2] || shape[3] == -1 { return shape[2] }
        }
        let layers = depths.reduce(0, +)
        guard
            let found = Self.published.first(where: { $0.stem == stem && $0.layers == layers && $0.groups == depths.count })
        else { throw NetworkError("its graph does not tell the heads of its attention: convert its checkpoint") }
        return found.heads
    }
}
