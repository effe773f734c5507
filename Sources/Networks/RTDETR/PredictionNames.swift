/// What a file calls the decoder's predictions. They have two names, and files either of them, or both; a head that all layers share stands
/// under the name of any of them.
struct PredictionNames {
    /// Of the last layer.
    let classes: String
    /// Of each layer.
    let boxes: [String]

    init(_ configuration: RTDETRConfiguration, _ parameters: any Parameters) {
        func exists(_ layer: String) -> Bool { parameters.has("\(layer).weight") }
        let prefixes = ["model.decoder.", ""]
        let layers = 0..<configuration.decoderLayers
        let last = "class_embed.\(layers.count - 1)"
        let prefix = prefixes.first { exists($0 + last) } ?? prefixes[0]
        classes = prefix + last
        let names = layers.map { "\(prefix)bbox_embed.\($0)" }
        guard configuration.sharesEdgeHead else {
            boxes = names
            return
        }
        let all = prefixes.flatMap { prefix in layers.map { "\(prefix)bbox_embed.\($0)" } }
        let shared = all.first { exists("\($0).layers.0") } ?? names[0]
        boxes = layers.map { _ in shared }
    }
}
