import FoundationEssentials
import Kernels

/// The real-time DETRs: RT-DETR (Zhao et al., arXiv 2304.08069), RT-DETRv2 (Lv et al., arXiv 2407.17140), D-FINE (Peng et al., arXiv
/// 2410.13842) and DEIMv2 (Huang et al., arXiv 2509.20787) as transformers' `RTDetrForObjectDetection`, `RTDetrV2ForObjectDetection`,
/// `DFineForObjectDetection` and `Deimv2ForObjectDetection` compute them.
///
///     image ── backbone ── encoder ── projections ──┬── QuerySelection ── queries, boxes ── decoder ── logits, boxes
///                                                   └────────────────── places ────────────┘
///
/// | | backbone | encoder | decoder |
/// | --- | --- | --- | --- |
/// | RT-DETR, RT-DETRv2 | `ResNetVD` | `HybridEncoder` of `CSPRepLayer`s | `RTDETRDecoder` |
/// | D-FINE, DEIMv2-N | `HGNetV2` | `HybridEncoder` of `ELANLayer`s | `DFINEDecoder` |
/// | smaller DEIMv2 | `HGNetV2` | `LiteEncoder` | `DFINEDecoder` |
///
/// It owns its memory: one thread uses it at a time.
package final class RTDETR: ParameterizedNetwork {
    package let configuration: RTDETRConfiguration
    private let backbone: any Backbone
    private let encoder: any MapEncoder
    /// Nil where the decoder is as wide as the encoder.
    private let projections: [Convolution]?
    private let selection: QuerySelection
    private let decoder: any QueryDecoder
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
            try self.init(configuration: configuration, parameters: weights)
            try weights.verifyAllUsed { Self.hasNoPart($0) || configuration.sharesEdgeHead && $0.contains("bbox_embed.") }
        } catch {
            throw NetworkError(error.description)
        }
    }

    init(configuration: RTDETRConfiguration, parameters: any Parameters) throws(KernelsError) {
        self.configuration = configuration
        backbone =
            switch configuration.backbone {
            case .resNet(let shape): try ResNetVD(configuration.names.backbone, shape, parameters)
            case .hgNet(let shape): try HGNetV2(configuration.names.backbone, shape, parameters)
            }
        encoder =
            configuration.isLite ? try LiteEncoder(configuration, parameters) : try HybridEncoder(configuration, parameters)
        let (name, widths) = ("model.decoder_input_proj", configuration.points.map { _ in configuration.encoderWidth })
        projections =
            switch configuration.family {
            case .dFINE where configuration.width == configuration.encoderWidth,
                .deimV2 where configuration.width == configuration.encoderWidth:
                nil
            case .deimV2: try configuration.units(name, of: widths, to: configuration.width, parameters)
            case .rtDETR, .dFINE:
                try configuration.projections(
                    name, of: widths, to: configuration.width, epsilon: configuration.batchNormEpsilon, parameters)
            }
        selection = try QuerySelection(configuration, parameters)
        let heads = PredictionNames(configuration, parameters)
        decoder =
            configuration.family == .rtDETR
            ? try RTDETRDecoder(configuration, heads: heads, parameters)
            : try DFINEDecoder(configuration, heads: heads, parameters)
    }

    /// Whether a tensor serves training only, or is another name's: the predictions of layers before the last, the embedding of
    /// noisy labels, how many batches statistics were gathered over, one over the number of points.
    private static func hasNoPart(_ name: String) -> Bool {
        [".num_batches_tracked", ".n_points_scale", ".num_points_scale"].contains { name.hasSuffix($0) }
            || name == "model.denoising_class_embed.weight"
            || ["class_embed.", "bbox_embed.", "model.decoder.class_embed.", "model.decoder.lqe_layers."].contains {
                name.hasPrefix($0)
            }
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
        let encoded = projected(encoder(backbone(input, arena), arena))
        let queries = arena.tensor([configuration.queries, configuration.width])
        selection(encoded, into: queries, boxes: boxes, arena)
        decoder(queries, boxes: boxes, encoded, into: logits, arena)
    }

    /// The encoder's maps as the decoder sees them.
    private func projected(_ encoded: EncodedMaps) -> EncodedMaps {
        guard let projections else { return encoded }
        let result = EncodedMaps(encoded.sizes, width: configuration.width, arena)
        for (projection, (from, to)) in zip(projections, zip(encoded.maps, result.maps)) { projection(from, into: to) }
        return result
    }
}
