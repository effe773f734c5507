import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

@Suite struct RTDETRConfigurationTests {
    /// The complaint about a configuration in which one key has another value, as JSON writes it.
    private func complaint(_ key: String, _ value: String, in folder: String = "rtdetr_v2") throws -> String {
        var json = try String(contentsOf: fixture("detectors/\(folder)/config.json"), encoding: .utf8)
        let pattern = try Regex("\"\(key)\":\\s*(\\[[^\\]]*\\]|\\{[^}]*\\}|\"[^\"]*\"|[^,\\n}]+)")
        let range = try #require(json.ranges(of: pattern).last)
        json.replaceSubrange(range, with: "\"\(key)\": \(value)")
        do { _ = try RTDETRConfiguration(json: Data(json.utf8), named: "config.json") } catch { return error.description }
        return "accepted"
    }

    @Test(arguments: [
        "embedding_size", "hidden_sizes", "depths", "encoder_hidden_dim", "encoder_layers", "encoder_attention_heads",
        "encoder_ffn_dim",
        "d_model", "num_queries", "decoder_layers", "decoder_attention_heads", "decoder_ffn_dim", "decoder_n_points",
        "hidden_expansion",
        "layer_norm_eps", "batch_norm_eps", "positional_encoding_temperature", "decoder_offset_scale", "num_feature_levels",
    ])
    func `no number in a configuration is too wild to be refused in one line`(key: String) throws {
        try checkWildValues(of: key, in: "rtdetr_v2")
    }

    @Test(
        arguments: ["dfine", "deimv2", "deimv2_lite"],
        [
            "stem_channels", "stem_strides", "stage_in_channels", "stage_mid_channels", "stage_out_channels", "stage_num_blocks",
            "stage_numb_of_layers", "stage_kernel_size", "stage_light_block", "stage_downsample", "encoder_hidden_dim", "d_model",
            "encoder_layers", "decoder_layers", "decoder_n_points", "decoder_ffn_dim", "hidden_expansion", "depth_mult",
            "max_num_bins",
            "top_prob_values", "lqe_hidden_dim", "lqe_layers", "num_feature_levels",
        ])
    func `nor in one of D-FINE or DEIMv2`(folder: String, key: String) throws {
        try checkWildValues(of: key, in: folder)
    }

    private func checkWildValues(of key: String, in folder: String) throws {
        for value in [
            "1e300", "-1e300", "1e19", "4611686018427387904", "9223372036854775807", "9223372036854775808", "1e9", "33554432",
            "-1",
            "-9223372036854775808", "NaN", "Infinity", "\"4\"", "[]", "[1e300, 4]", "[4611686018427387904, 1, 1, 1]", "{}",
        ] {
            let complaint = try complaint(key, value, in: folder)
            #expect(
                complaint.hasPrefix("config.json") && !complaint.contains("\n") && complaint.count < 250, "\(value): \(complaint)"
            )
        }
    }

    @Test(arguments: [
        ("model_type", "\"rt_detr_v9\"", "model_type is rt_detr_v9"), ("num_queries", "3001", "1 to 3000"),
        ("d_model", "18", "attention heads"), ("encoder_hidden_dim", "18", "multiple of 4"),
        ("embedding_size", "9", "basic backbone"),
        ("decoder_method", "\"other\"", "decoder_method other"), ("activation_function", "\"tanh\"", "activation tanh"),
        ("encode_proj_layers", "[1]", "encode_proj_layers"), ("eval_size", "640", "eval_size"),
        ("normalize_before", "true", "normalize_before"),
        ("out_indices", "[1, 2, 3]", "backbone_config.out_indices"), ("layer_type", "\"deep\"", "layer_type"),
        ("encoder_in_channels", "[1, 2, 3]", "encoder_in_channels"), ("decoder_in_channels", "[1, 2, 3]", "decoder_in_channels"),
        ("decoder_n_points", "[4, 4]", "decoder_n_points"), ("decoder_n_points", "[4, 33, 4]", "decoder_n_points"),
        ("hidden_sizes", "[8, 12, 16]", "four stages"), ("id2label", "{\"0\": \"a\", \"2\": \"b\"}", "id2label"),
        ("decoder_n_points", "[3, 6, 3]", "accepted"), ("hidden_expansion", "0.01", "hidden_expansion is 0"),
    ])
    func `what is not supported is named`(key: String, value: String, hint: String) throws {
        let complaint = try complaint(key, value)
        #expect(complaint.contains(hint), "\(complaint)")
    }

    @Test(arguments: [
        ("dfine", "max_num_bins", "31", "max_num_bins is 31, which is odd"), ("dfine", "max_num_bins", "258", "4 to 256"),
        ("dfine", "top_prob_values", "14", "top_prob_values is 14; posed takes 1 to 13"),
        ("dfine", "activation_function", "\"gelu\"", "activation_function"), ("dfine", "eval_idx", "0", "eval_idx"),
        ("dfine", "eval_size", "[640, 640]", "eval_size"), ("dfine", "encode_proj_layers", "[1]", "encode_proj_layers"),
        ("dfine", "num_feature_levels", "4", "num_feature_levels"), ("dfine", "decoder_n_points", "[3, 4]", "three levels"),
        ("dfine", "out_indices", "[1, 2, 4]", "out_indices"), ("dfine", "out_indices", "[]", "out_indices"),
        ("dfine", "stem_strides", "[2, 1, 1, 1, 1]", "backbone_config.stem_strides"),
        ("dfine", "stage_downsample_strides", "[2, 2, 2, 1]", "stage_downsample_strides"),
        ("dfine", "stage_downsample", "[true, true, true, true]", "stage_downsample"),
        ("dfine", "hidden_act", "\"gelu\"", "hidden_act"),
        ("dfine", "stage_in_channels", "[8, 16, 24, 33]", "stage_in_channels"),
        ("dfine", "stage_num_blocks", "[1, 1]", "three or four"),
        ("dfine", "stage_kernel_size", "[3, 4, 5, 5]", "stage_kernel_size is 4, which is even"),
        ("dfine", "stem_channels", "[4, 8, 8]", "stem_channels"), ("dfine", "depth_mult", "1000", "depth_mult"),
        ("deimv2", "encoder_fuse_op", "\"cat\"", "encoder_fuse_op"), ("deimv2", "encoder_type", "\"other\"", "encoder_type"),
        ("deimv2", "encoder_type", "\"lite\"", "encoder_layers"),
        ("deimv2", "encoder_has_trailing_conv", "false", "encoder_has_trailing_conv"),
        ("deimv2_lite", "encoder_type", "\"hybrid\"", "num_feature_levels"),
        ("deimv2_lite", "out_indices", "[2, 3]", "encoder_type"),
        ("deimv2", "eval_size", "[96, 160]", "accepted"), ("dfine", "depth_mult", "0.1", "accepted"),
        ("dfine", "use_learnable_affine_block", "false", "accepted"),
    ])
    func `what D-FINE and DEIMv2 do not have is named`(folder: String, key: String, value: String, hint: String) throws {
        let complaint = try complaint(key, value, in: folder)
        #expect(complaint.contains(hint), "\(complaint)")
    }

    @Test func `a backbone of another kind is named`() throws {
        var json = try String(contentsOf: fixture("detectors/deimv2/config.json"), encoding: .utf8)
        json = json.replacing("\"hgnet_v2\"", with: "\"dinov3_vit\"")
        let error = #expect(throws: NetworkError.self) { try RTDETRConfiguration(json: Data(json.utf8), named: "config.json") }
        #expect(error?.description == "config.json: a backbone of the kind dinov3_vit is not supported, only hgnet_v2")
    }

    @Test(arguments: ["dfine", "dfine_two", "deimv2", "deimv2_lite"], [96, 192])
    func `an HGNetV2 takes no more memory than its limit counts`(folder: String, side: Int) throws {
        var configuration = try RTDETRConfiguration(contentsOf: fixture("detectors/\(folder)/config.json"))
        (configuration.queries, configuration.decoderLayers) = (5, 1)
        try checkMemory(of: configuration, side: side)
        // The decoder's share.
        configuration.queries = 40
        try checkMemory(of: configuration, side: side)
    }

    @Test(arguments: [true, false], [64, 192])
    func `a network takes no more memory than its limit counts`(hasBottlenecks: Bool, side: Int) throws {
        var configuration = RTDETRConfiguration.r18
        configuration.decoderLayers = 1
        configuration.queries = side == 64 ? 84 : 20
        configuration.backbone = .resNet(
            .init(
                stemWidth: 16, widths: hasBottlenecks ? [64, 32, 96, 400] : [16, 32, 24, 200], depths: [2, 1, 2, 1],
                hasBottlenecks: hasBottlenecks))
        (configuration.encoderWidth, configuration.encoderHidden, configuration.width) = (64, 96, 32)
        try checkMemory(of: configuration, side: side)
    }

    private func checkMemory(of configuration: RTDETRConfiguration, side: Int) throws {
        let network = RTDETR(untrained: configuration)
        _ = network(Tensor([1, 3, side, side]))
        let places = configuration.places(area: side * side)
        let counted = configuration.floats(area: side * side, places: places)
        // Tensors begin at cache lines, which the limit does not count.
        #expect(
            network.arena.peak < counted + 100 * 16 && network.arena.peak > counted / 4, "\(network.arena.peak) of \(counted)")
    }

    @Test func `an input has a size that can be`() {
        let r18 = RTDETRConfiguration.r18
        #expect(r18.beyondLimits == nil && r18.complaint(aboutInputOfWidth: 640, height: 640) == nil)
        for (width, height) in [(0, 640), (640, 650), (1 << 62, 32), (-32, 32), (4128, 32)] {
            #expect(r18.complaint(aboutInputOfWidth: width, height: height)?.contains("cells of 32x32") == true)
        }
        #expect(r18.complaint(aboutInputOfWidth: 32, height: 32)?.contains("21 places for 300 queries") == true)
        #expect(r18.complaint(aboutInputOfWidth: 4096, height: 4096)?.contains("1024 MiB at most") == true)
    }
}
