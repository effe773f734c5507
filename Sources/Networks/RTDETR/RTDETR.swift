import FoundationEssentials
import Kernels

/// RT-DETR (Zhao et al., arXiv 2304.08069) and RT-DETRv2 (Lv et al., arXiv 2407.17140) as transformers' `RTDetrForObjectDetection` and
/// `RTDetrV2ForObjectDetection` compute them.
///
///     image ── ResNetVD ── HybridEncoder ── projections ──┬── QuerySelection ── queries, boxes ── RTDETRDecoder ── logits, boxes
///                                                         └────────────────── places ────────────────┘
///
/// It owns its memory: one thread uses it at a time.
package final class RTDETR {
    package let configuration: RTDETRConfiguration
    private let backbone: ResNetVD
    private let encoder: HybridEncoder
    private let projections: [Convolution]
    private let selection: QuerySelection
    private let decoder: RTDETRDecoder
    let arena = FeatureArena()
    private var output = Output(queries: 0, classes: 0, batch: 0)

    /// What became of the queries of each image.
    package struct Output {
        /// `[batch, queries, classes]`, before the sigmoid.
        package let logits: Tensor
        /// `[batch, queries, 4]`: centre and size in shares of the picture.
        package let boxes: Tensor

        fileprivate init(queries: Int, classes: Int, batch: Int) {
            logits = Tensor([batch, queries, classes])
            boxes = Tensor([batch, queries, 4])
        }
    }

    /// Reads `config.json` and `model.safetensors` of a Hugging Face folder.
    package convenience init(folder: URL, precision: Precision = .fp32) throws(NetworkError) {
        let configuration = try RTDETRConfiguration(contentsOf: folder.appending(path: "config.json"))
        do {
            let weights = try Weights(contentsOf: folder.appending(path: "model.safetensors"), precision: precision)
            // The decoder's predictions have two names, and files either of them, or both.
            let prefixes = ["model.decoder.", ""]
            let last = "class_embed.\(configuration.decoderLayers - 1).weight"
            let heads = prefixes.first { weights.shape(of: $0 + last) != nil } ?? prefixes[0]
            try self.init(configuration: configuration, heads: heads, parameters: weights)
            try weights.verifyAllUsed { Self.hasNoPart($0) }
        } catch {
            throw NetworkError(error.description)
        }
    }

    /// A network of a certain shape that has learnt nothing: for measuring.
    package convenience init(untrained configuration: RTDETRConfiguration, precision: Precision = .fp32) {
        do { try self.init(configuration: configuration, parameters: RandomParameters(precision: precision)) } catch {
            preconditionFailure("random parameters are never missing: \(error)")
        }
    }

    init(
        configuration: RTDETRConfiguration, heads: String = "model.decoder.", parameters: some Parameters
    ) throws(KernelsError) {
        self.configuration = configuration
        backbone = try ResNetVD(configuration.backbone, parameters)
        encoder = try HybridEncoder(configuration, parameters)
        projections = try configuration.projections(
            "model.decoder_input_proj", of: configuration.points.map { _ in configuration.encoderWidth }, to: configuration.width,
            epsilon: configuration.batchNormEpsilon, parameters)
        selection = try QuerySelection(configuration, parameters)
        decoder = try RTDETRDecoder(configuration, heads: heads, parameters)
    }

    /// Whether a tensor serves training only, or is another name's: the classes of layers before the last, the embedding of noisy labels,
    /// how many batches statistics were gathered over, one over the number of points.
    private static func hasNoPart(_ name: String) -> Bool {
        [".num_batches_tracked", ".n_points_scale"].contains { name.hasSuffix($0) }
            || name == "model.denoising_class_embed.weight"
            || ["class_embed.", "bbox_embed.", "model.decoder.class_embed."].contains { name.hasPrefix($0) }
    }

    /// Images `[batch, 3, height, width]`, RGB from 0 to 1 unless they are normalised, of a size that the configuration takes; one after
    /// the other.
    ///
    /// The result is the network's own storage, valid until the next call.
    package func callAsFunction(_ images: Tensor) -> Output {
        let shape = images.shape
        precondition(
            shape.count == 4 && shape[1] == 3
                && configuration.complaint(aboutInputOfWidth: shape[3], height: shape[2]) == nil,
            "RT-DETR takes [batch, 3, height, width] with sides that are multiples of 32, not \(shape)")
        let (queries, classes) = (configuration.queries, configuration.labels.count)
        if output.logits.shape[0] != shape[0] { output = Output(queries: queries, classes: classes, batch: shape[0]) }
        for index in 0..<shape[0] {
            run(
                images.slice(index..<index + 1),
                logits: output.logits.slice(index..<index + 1).reshaped([queries, classes]),
                boxes: output.boxes.slice(index..<index + 1).reshaped([queries, 4]))
        }
        return output
    }

    private func run(_ image: Tensor, logits: Tensor, boxes: Tensor) {
        arena.reset()
        let input = arena.map(batch: 1, height: image.shape[2], width: image.shape[3], channels: 3)
        input.fill(planes: image)
        let maps = encoder(backbone(input, arena), arena)
        let width = configuration.width
        let places = arena.tensor([maps.reduce(0) { $0 + $1.height * $1.width }, width])
        var first = 0
        for (projection, map) in zip(projections, maps) {
            let rows = places.slice(first..<first + map.height * map.width)
            projection(map, into: FeatureMap(rows.reshaped([1, map.height, map.width, width])))
            first += map.height * map.width
        }
        let encoded = EncodedMaps(places: places, sizes: maps.map { ($0.height, $0.width) })
        let queries = arena.tensor([configuration.queries, width])
        selection(encoded, into: queries, boxes: boxes, arena)
        decoder(queries, boxes: boxes, encoded, into: logits, arena)
    }
}
