import FoundationEssentials
import Kernels

/// A network whose speed is measured, apart from what goes before and after it.
package struct MeasuredNetwork {
    /// Channels, height and width of an input.
    package let inputShape: [Int]
    /// Floating-point operations for one input, a multiplication and an addition counted as two.
    package let operations: Double
    /// Runs it over `[batch, channels, height, width]`.
    package let run: (Tensor) -> Tensor

    /// Published shapes, with numbers that mean nothing. YOLOX's operations are those of tables 2 and 3 of its paper, RT-DETR's and
    /// D-FINE's those of the tables of their repositories. ViTPose-G (`g`) was never released, and its shape was not published.
    package static let shapes: [String: @Sendable (Precision) -> MeasuredNetwork] = [
        "tiny": { Self(ViTPose(untrained: .shape(width: 192, blocks: 12, heads: 3, simple: true), precision: $0)) },
        "s": { Self(ViTPose(untrained: .shape(width: 384, blocks: 12, heads: 12), precision: $0)) },
        "b": { Self(ViTPose(untrained: .shape(width: 768, blocks: 12, heads: 12), precision: $0)) },
        "l": { Self(ViTPose(untrained: .shape(width: 1024, blocks: 24, heads: 16), precision: $0)) },
        "h": { Self(ViTPose(untrained: .shape(width: 1280, blocks: 32, heads: 16), precision: $0)) },
        "g": { Self(ViTPose(untrained: .giant, precision: $0)) },
        "tokenpose-t": { Self(TokenPose(untrained: .t, precision: $0)) },
        "tokenpose-s-v1": { Self(TokenPose(untrained: .s1, precision: $0)) },
        "tokenpose-s-v2": { Self(TokenPose(untrained: .s2, precision: $0)) },
        "tokenpose-b": { Self(TokenPose(untrained: .b, precision: $0)) },
        "tokenpose-l-d6": { Self(TokenPose(untrained: .l6, precision: $0)) },
        "tokenpose-l-d24": { Self(TokenPose(untrained: .l24, precision: $0)) },
        "yolox-nano": { Self(YOLOX(untrained: .nano, precision: $0), side: 416, operations: 1.08e9) },
        "yolox-tiny": { Self(YOLOX(untrained: .tiny, precision: $0), side: 416, operations: 6.45e9) },
        "yolox-s": { Self(YOLOX(untrained: .s, precision: $0), side: 640, operations: 26.8e9) },
        "rtdetr-r18": { Self(RTDETR(untrained: .r18, precision: $0), side: 640, operations: 60e9) },
        "dfine-n": { Self(RTDETR(untrained: .dFINENano, precision: $0), side: 640, operations: 7.1e9) },
    ]

    /// One of `shapes`, or the ViTPose of a folder; `precision` is one that is available.
    package init(named name: String, precision: Precision) throws(NetworkError) {
        if let shape = Self.shapes[name] {
            self = shape(precision)
        } else {
            self.init(try ViTPose(folder: URL(filePath: name), precision: precision))
        }
    }

    private init(_ network: any HeatmapNetwork) {
        inputShape = [3, network.inputSize.height, network.inputSize.width]
        operations = Double(network.operations)
        run = { network($0) }
    }

    private init(_ network: RTDETR, side: Int, operations: Double) {
        inputShape = [3, side, side]
        self.operations = operations
        run = { network($0).boxes }
    }

    private init(_ network: YOLOX, side: Int, operations: Double) {
        inputShape = [3, side, side]
        self.operations = operations
        run = { network($0) }
    }
}

extension ViTPoseConfiguration {
    /// A published shape with COCO's 17 keypoints.
    fileprivate static func shape(width: Int, blocks: Int, heads: Int, simple: Bool = false) -> ViTPoseConfiguration {
        var configuration = ViTPoseConfiguration()
        configuration.width = width
        configuration.hidden = 4 * width
        configuration.blocks = blocks
        configuration.heads = heads
        configuration.usesSimpleDecoder = simple
        configuration.labels = (0..<17).map { "\($0)" }
        return configuration
    }

    /// What stands in for ViTPose-G, of which its authors say 1B parameters and crops of 576x432 (arXiv 2204.12484): ViT-g of "Scaling Vision
    /// Transformers" (arXiv 2106.04560, table 2), which has as many.
    fileprivate static var giant: ViTPoseConfiguration {
        var configuration = shape(width: 1408, blocks: 40, heads: 16)
        configuration.hidden = 6144
        (configuration.imageHeight, configuration.imageWidth) = (576, 432)
        return configuration
    }
}
