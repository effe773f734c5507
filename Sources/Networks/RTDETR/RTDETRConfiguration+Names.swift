extension RTDETRConfiguration {
    /// What a family's published files call the same things. transformers renames some of them when it loads a file (its
    /// `conversion_mapping.py`); DEIMv2's came after that, and have the new names.
    struct Names {
        let backbone: String
        /// The attention within the coarsest map.
        let attention: String
        /// An attention's last layer.
        let attentionOutput: String
        /// The layers of a perceptron.
        let expansion: String
        let contraction: String
    }

    var names: Names {
        family == .deimV2
            ? Names(
                backbone: "model.conv_encoder.model", attention: "model.encoder.aifi.0", attentionOutput: "o_proj",
                expansion: "mlp.layers.0", contraction: "mlp.layers.1")
            : Names(
                backbone: "model.backbone.model", attention: "model.encoder.encoder.0", attentionOutput: "out_proj",
                expansion: "fc1", contraction: "fc2")
    }
}
