import FoundationEssentials
import Kernels
import PoseTypes

/// ViTPose (Xu et al., arXiv 2204.12484) and ViTPose+ (arXiv 2212.04246) as transformers' `VitPoseForPoseEstimation` computes it.
///
///     images ── patches ── + positions ── blocks ── norm ──┬─ classic: two deconvolutions, 1x1 ── heatmaps
///                                                          └─ simple: relu, enlarge, 3x3 ─────── heatmaps
package final class ViTPose: ParameterizedNetwork {
    package let configuration: ViTPoseConfiguration
    private let embedding: Convolution
    /// `[tokens, width]`
    private let positions: Tensor
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm
    private let head: any HeatmapHead
    private let precision: Precision
    private var memory = BatchedMemory<ViTPoseMemory>()

    /// Reads `config.json` and `model.safetensors` of a Hugging Face folder; of a ViTPose+ the experts of `dataset`. With `input`, it takes
    /// crops of that size, for which its positions are resampled.
    package convenience init(
        folder: URL, dataset: PoseDataset = .coco, input: CropSize? = nil, precision: Precision = .fp32
    ) throws(NetworkError) {
        var configuration = try ViTPoseConfiguration(contentsOf: folder.appending(path: "config.json"))
        if let input { try configuration.resize(to: input, in: folder) }
        try configuration.chooseExperts(of: dataset, in: folder)
        try verifyHead(of: configuration.width / configuration.heads, fits: precision, in: folder)
        do {
            let weights = try Weights(contentsOf: folder.appending(path: "model.safetensors"), precision: precision)
            try self.init(configuration: configuration, parameters: weights)
            // Batch norm counts its batches in training.
            let others = configuration.otherExperts
            try weights.verifyAllUsed { $0.hasSuffix(".num_batches_tracked") || others.contains($0) }
        } catch {
            throw NetworkError(error.description)
        }
    }

    init(configuration: ViTPoseConfiguration, parameters: any Parameters) throws(KernelsError) {
        self.configuration = configuration
        precision = parameters.precision
        let width = configuration.width
        let patches = "backbone.embeddings.patch_embeddings.projection"
        // The patches overlap the border by two pixels: the one thing that is odd in ViTPose's transformer.
        embedding = Convolution(
            ConvolutionWeights(
                weight: try parameters.tensor(
                    "\(patches).weight", shape: [width, 3, configuration.patch, configuration.patch]),
                bias: try parameters.tensor("\(patches).bias", shape: [width]), stride: configuration.patch, padding: 2,
                precision: parameters.precision))
        let grid = (rows: configuration.gridHeight, columns: configuration.gridWidth)
        let trained = configuration.trainedSize.map {
            (rows: $0.height / configuration.patch, columns: $0.width / configuration.patch)
        }
        let tokens = (trained ?? grid).rows * (trained ?? grid).columns
        // The first position was the class token's; every patch has it added to its own.
        let embeddings = try parameters.tensor("backbone.embeddings.position_embeddings", shape: [1, tokens + 1, width]).array
        let positions = Tensor([tokens, width], (0..<tokens * width).map { embeddings[width + $0] + embeddings[$0 % width] })
        self.positions = trained.map { resamplePositions(positions, from: $0, to: grid) } ?? positions
        var blocks: [TransformerBlock] = []
        for index in 0..<configuration.blocks {
            var block = try TransformerBlock("backbone.encoder.layer.\(index)", configuration, parameters)
            block.windows = configuration.windows(ofBlock: index)
            blocks.append(block)
        }
        self.blocks = blocks
        norm = try LayerNorm("backbone.layernorm", configuration, parameters)
        head =
            configuration.usesSimpleDecoder
            ? try SimpleHead(configuration, parameters) : try ClassicHead(configuration, parameters)
    }

    /// Images `[batch, 3, height, width]`, normalised -> heatmaps `[batch, keypoints, height / 4, width / 4]`.
    ///
    /// The result is the network's own storage, valid until the next call.
    package func callAsFunction(_ images: Tensor) -> Tensor {
        expect(images)
        return memory.run(
            images, outputShape: [configuration.keypoints, heatmapSize.height, heatmapSize.width],
            make: { ViTPoseMemory(configuration, batch: $0, precision, head: head, positions: positions) },
            { run($0, $1, into: $2) })
    }

    private func run(_ images: Tensor, _ memory: ViTPoseMemory, into heatmaps: Tensor) {
        let tokens = memory.transformer.tokens
        memory.images.fill(planes: images)
        embedding(memory.images, into: memory.grid(tokens), adding: memory.grid(memory.positions))
        for block in blocks { block(memory.transformer) }
        norm(tokens, into: tokens)
        head(tokens, memory, into: heatmaps)
    }
}

extension ViTPose: HeatmapNetwork {
    var inputSize: (height: Int, width: Int) { (configuration.imageHeight, configuration.imageWidth) }
    var heatmapSize: (height: Int, width: Int) { (configuration.heatmapHeight, configuration.heatmapWidth) }
    var labels: [String] { configuration.labels }
    var edges: [[Int]] { configuration.edges }
    var operations: Int { configuration.operations }
}
