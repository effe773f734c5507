import Kernels

/// The memory of a ViTPose between its layers, for some images at once. It is never allocated per frame; fewer images use the front of it.
struct ViTPoseMemory {
    let batch: Int
    /// `[batch, height, width, 3]`
    let images: FeatureMap
    /// The stream that the blocks add to, `[batch * tokens, width]` as all that follow.
    let tokens: Tensor
    /// What is multiplied next is in the network's precision, or in one that it can be rounded from.
    let normed: Tensor
    let queryKeyValue: Tensor
    let attended: Tensor
    /// The positions once an image.
    let positions: Tensor
    /// What the head needs.
    let head: [Tensor]
    let tokensPerImage: Int
    private let gridHeight: Int
    private let gridWidth: Int
    private let imageTensor: Tensor

    init(_ configuration: ViTPoseConfiguration, batch: Int, _ precision: Precision, head: any HeatmapHead, positions: Tensor) {
        gridHeight = configuration.gridHeight
        gridWidth = configuration.gridWidth
        tokensPerImage = gridHeight * gridWidth
        let rows = batch * tokensPerImage
        self.batch = batch
        imageTensor = Tensor([batch, configuration.imageHeight, configuration.imageWidth, 3])
        images = FeatureMap(imageTensor)
        tokens = Tensor([rows, configuration.width])
        normed = Tensor([rows, configuration.width], precision)
        queryKeyValue = Tensor([rows, 3 * configuration.width], precision.betweenLayers)
        attended = Tensor([rows, configuration.width], precision.betweenLayers)
        self.positions = Tensor([rows, configuration.width])
        for index in 0..<batch {
            self.positions.slice(index * tokensPerImage..<(index + 1) * tokensPerImage).fill(from: positions)
        }
        self.head = head.workspaces(batch: batch, height: gridHeight, width: gridWidth).map { Tensor($0) }
    }

    private init(_ whole: ViTPoseMemory, batch: Int) {
        func part(_ tensor: Tensor) -> Tensor { tensor.prefix(tensor.shape[0] / whole.batch * batch) }
        self.batch = batch
        gridHeight = whole.gridHeight
        gridWidth = whole.gridWidth
        tokensPerImage = whole.tokensPerImage
        imageTensor = part(whole.imageTensor)
        images = FeatureMap(imageTensor)
        tokens = part(whole.tokens)
        normed = part(whole.normed)
        queryKeyValue = part(whole.queryKeyValue)
        attended = part(whole.attended)
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
