import Kernels

/// The memory of a TokenPose between its layers, for some images at once.
struct TokenPoseMemory: ImageMemory {
    let batch: Int
    /// `[batch, height, width, 3]`
    let images: FeatureMap
    /// That of the stem's maps.
    let arena: FeatureArena
    /// `[batch * patches, numbers of a patch]`
    let patches: Tensor
    let transformer: TransformerMemory
    /// The keypoints' tokens of each group beside each other, `[batch * keypoints, groups * width]`, then what the head makes of them.
    let keypoints: [Tensor]
    /// What the head's layers take, in their precisions.
    let normed: [Tensor]
    private let imageTensor: Tensor

    init(_ configuration: TokenPoseConfiguration, batch: Int, _ precision: Precision) {
        self.batch = batch
        imageTensor = Tensor([batch, configuration.imageHeight, configuration.imageWidth, 3])
        images = FeatureMap(imageTensor)
        arena = FeatureArena()
        patches = Tensor([batch * configuration.patches, configuration.numbersInAPatch])
        transformer = TransformerMemory(
            batch: batch, tokensPerImage: configuration.keypoints + configuration.patches, width: configuration.width, precision)
        let rows = batch * configuration.keypoints
        let inputs = configuration.headWidths.dropLast()
        keypoints = inputs.map { Tensor([rows, $0]) }
        normed = inputs.enumerated().map {
            Tensor([rows, $1], TokenPose.precision(ofHeadLayer: $0, of: inputs.count, in: precision))
        }
    }

    private init(_ whole: TokenPoseMemory, batch: Int) {
        func part(_ tensor: Tensor) -> Tensor { tensor.prefix(tensor.shape[0] / whole.batch * batch) }
        self.batch = batch
        imageTensor = part(whole.imageTensor)
        images = FeatureMap(imageTensor)
        arena = whole.arena
        patches = part(whole.patches)
        transformer = whole.transformer.prefix(batch)
        keypoints = whole.keypoints.map(part)
        normed = whole.normed.map(part)
    }

    /// The front of this memory.
    func prefix(_ batch: Int) -> TokenPoseMemory { batch == self.batch ? self : TokenPoseMemory(self, batch: batch) }
}
