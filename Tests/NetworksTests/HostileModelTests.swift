import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

/// A model folder from anywhere is loaded or refused in one line: it never ends the process, and takes no memory beyond the limits.
@Suite struct HostileModelTests {
    /// The complaint about a classic configuration in which one key has another value, as JSON writes it.
    private func complaint(_ key: String, _ value: String) throws -> String {
        var json = try String(contentsOf: fixture("networks/vitpose_simple/config.json"), encoding: .utf8)
        let pattern = try Regex("\"\(key)\":\\s*(\\[[^\\]]*\\]|\\{[^}]*\\}|\"[^\"]*\"|[^,\\n}]+)")
        let range = try #require(json.ranges(of: pattern).last)
        json.replaceSubrange(range, with: value.isEmpty ? "\"other\": 0" : "\"\(key)\": \(value)")
        do { _ = try ViTPoseConfiguration(json: Data(json.utf8), named: "config.json") } catch { return error.description }
        return "accepted"
    }

    @Test(arguments: [
        "scale_factor", "hidden_size", "num_hidden_layers", "num_attention_heads", "mlp_ratio", "image_size", "patch_size",
        "layer_norm_eps", "num_experts",
    ])
    func `no number in a configuration is too wild to be refused in one line`(key: String) throws {
        let wild = [
            "1e300", "-1e300", "1e19", "4611686018427387904", "9223372036854775807", "9223372036854775808", "1e9", "33554432",
            "134217728", "-1", "-9223372036854775808", "NaN", "Infinity", "\"4\"", "[]", "[1e300, 4]", "{}",
        ]
        for value in wild + (key == "layer_norm_eps" ? [] : ["0"]) {
            let complaint = try complaint(key, value)
            #expect(
                complaint.hasPrefix("config.json") && !complaint.contains("\n") && complaint.count < 250, "\(value): \(complaint)"
            )
        }
        #expect(!["", "null"].contains { (try? complaint(key, $0).contains("DecodingError")) ?? true })
    }

    @Test(arguments: [
        ("image_size", "[4096, 4096]", "between the layers"), ("image_size", "[16, 16777216]", "16 to 4096"),
        ("scale_factor", "17", "1 to 16"), ("mlp_ratio", "1e300", "hidden_size times mlp_ratio"),
        ("scale_factor", "0", "1 to 16"),
        ("id2label", "{\"0\": \"a\", \"2\": \"b\"}", "id2label"), ("id2label", "{}", "id2label"),
        ("patch_size", "[16, 8]", "square"),
    ])
    func `what is beyond a limit is named with the limit`(key: String, value: String, hint: String) throws {
        let complaint = try complaint(key, value)
        #expect(complaint.contains(hint), "\(complaint)")
    }

    @Test func `a configuration that is no JSON of a ViTPose is refused in one line`() {
        let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
        let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
        for (json, hint) in [
            (deep, "not JSON"), (#"{"model_type":"vitpose","backbone_config":\#(deep)}"#, "not JSON"), ("", "not JSON"),
            ("{}", "model_type is missing"), ("[]", "right kind"), (lfs, "git lfs pull"), ("\u{0}", "not JSON"),
        ] {
            let error = #expect(throws: NetworkError.self) { try ViTPoseConfiguration(json: Data(json.utf8), named: "c.json") }
            #expect(
                error.map { $0.description.contains(hint) && !$0.description.contains("\n") } == true,
                "\(json.prefix(50)): \(error!)")
        }
    }

    @Test func `wild numbers in a preprocessor's file are refused`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        for json in [
            #"{"image_mean": [1e300, 0, 0]}"#, #"{"rescale_factor": 1e300}"#, #"{"image_std": [1e-44, 1, 1]}"#,
            #"{"size": {"height": 4611686018427387904, "width": 192}}"#, #"{"size": {"height": 1e300, "width": 192}}"#,
            #"{"image_std": [NaN, 1, 1]}"#, #"{"image_mean": []}"#, #"{"size": {"height": -256, "width": -192}}"#,
        ] {
            try Data(json.utf8).write(to: file)
            let error = #expect(throws: NetworkError.self, "\(json)") { try CropPreprocessing(contentsOf: file) }
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test(arguments: [
        ("F32", [0x00, 0x00, 0xC0, 0x7F]), ("F32", [0, 0, 0x80, 0xFF]), ("F16", [0, 0x7C]), ("BF16", [0xC0, 0x7F]),
    ])
    func `weights that are no numbers are refused, and the tensor is named`(type: String, last: [UInt8]) throws {
        let header = #"{"good":{"dtype":"\#(type)","shape":[2],"data_offsets":[0,\#(2 * last.count)]}}"#
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
        data += Data(count: last.count) + Data(last)
        try data.write(to: file)
        let weights = try Weights(contentsOf: file)
        let error = #expect(throws: KernelsError.self) { try weights.tensor("good", shape: [2]) }
        #expect(error?.description.contains("good holds what is no number") == true)
    }

    @Test func `weights that lie elsewhere are said to`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "model.safetensors")
        func complaint() -> String {
            do { _ = try Weights(contentsOf: file) } catch { return error.description }
            return "accepted"
        }
        try Data("{}".utf8).write(to: folder.appending(path: "pytorch_model.bin"))
        #expect(complaint().contains("pytorch_model.bin"))
        try Data("{}".utf8).write(to: folder.appending(path: "model.safetensors.index.json"))
        #expect(complaint().contains("several files (model.safetensors.index.json)"))
        try Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n".utf8).write(to: file)
        #expect(complaint().hasSuffix(gitLFS))
        #expect(throws: NetworkError.self) { try ONNXConvolutions(file) }
        try FileManager.default.removeItem(at: file)
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(complaint().contains("not a regular file"))
    }

    private let gitLFS = "run `git lfs pull` where it was cloned, or download the file"

    @Test(arguments: [
        (YOLOXConfiguration(width: 1 << 60, depth: 1, isDepthwise: true, classes: 80), "width"),
        (YOLOXConfiguration(width: 16, depth: 99, isDepthwise: true, classes: 80), "depth"),
        (YOLOXConfiguration(width: 16, depth: 1, isDepthwise: true, classes: 1_000_000), "classes"),
        (YOLOXConfiguration(width: 0, depth: 1, isDepthwise: true, classes: 1), "width"),
    ])
    func `a YOLOX beyond the limits is refused`(configuration: YOLOXConfiguration, hint: String) {
        #expect(configuration.beyondLimits?.contains(hint) == true)
        #expect(YOLOXConfiguration.nano.beyondLimits == nil)
    }

    @Test(
        arguments: [
            ("[4611686018427387904, 32]", "4096"), ("[4096, 4064]", nil), ("[0, 32]", "4096"), ("[1e300, 32]", "config.json"),
            ("[-32, -32]", "4096"), ("[416]", "input_size"),
        ] as [(String, String?)])
    func `a detector's input has a size that can be`(size: String, hint: String?) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(at: repositoryRoot.appending(path: "weights/person-nano"), to: folder)
        try Data(#"{"classes": ["person"], "input_size": \#(size), "batch_norm_eps": 0.001}"#.utf8)
            .write(to: folder.appending(path: "config.json"))
        guard let hint else {
            _ = try YOLOXModel(contentsOf: folder)
            return
        }
        let error = #expect(throws: NetworkError.self) { try YOLOXModel(contentsOf: folder) }
        #expect(error?.description.contains(hint) == true, "\(error!)")
    }
}
