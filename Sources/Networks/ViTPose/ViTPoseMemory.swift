import Kernels

/// The memory of a ViTPose between its layers, for some images at once. It is never allocated per frame; fewer images use the front of it.
struct ViTPoseMemory: ImageMemory {
    let batch: Int
    /// `[batch, height, width, 3]`
    let images: FeatureMap
    let transformer: TransformerMemory
    /// The positions once an image, `[batch * tokens, width]`.
    let positions: Tensor
    /// What the head needs.
    let head: [Tensor]
    private let gridHeight: Int
    private let gridWidth: Int
    private let imageTensor: Tensor

    init(_ configuration: ViTPoseConfiguration, batch: Int, _ precision: Precision, head: any HeatmapHead, positions: Tensor) {
        gridHeight = configuration.gridHeight
        gridWidth = configuration.gridWidth
        let tokens = gridHeight * gridWidth
        self.batch = batch
        imageTensor = Tensor([batch, configuration.imageHeight, configuration.imageWidth, 3])
        images = FeatureMap(imageTensor)
        transformer = TransformerMemory(batch: batch, tokensPerImage: tokens, width: configuration.width, precision)
        self.positions = Tensor([batch * tokens, configuration.width])
        for index in 0..<batch { self.positions.slice(index * tokens..<(index + 1) * tokens).fill(from: positions) }
        self.head = head.workspaces(batch: batch, height: gridHeight, width: gridWidth).map { Tensor($0) }
    }

    private init(_ whole: ViTPoseMemory, batch: Int) {
        func part(_ tensor: Tensor) -> Tensor { tensor.prefix(tensor.shape[0] / whole.batch * batch) }
        self.batch = batch
        gridHeight = whole.gridHeight
        gridWidth = whole.gridWidth
        imageTensor = part(whole.imageTensor)
        images = FeatureMap(imageTensor)
        transformer = whole.transformer.prefix(batch)
        positions = part(whole.positions)
        head = whole.head.map(part)
    }

    /// The front of this memory.
    func prefix(_ batch: Int) -> ViTPoseMemory { batch == self.batch ? self : ViTPoseMemory(self, batch: batch) }

    /// Tokens as the feature map that they are.
    func grid(_ tokens: Tensor) -> FeatureMap {
        FeatureMap(tokens.reshaped([batch, gridHeight, gridWidth, tokens.shape[1]]))
    }
}
