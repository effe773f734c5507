import Foundation
import Kernels
import PoseTypes
import TestSupport
import Testing

@testable import Networks

/// Against a TokenPose of ours in PyTorch, written from the paper (weights/training/tokenpose.py).
@Suite struct TokenPoseTests {
    struct Case: Decodable, Sendable, CustomStringConvertible {
        let folder: String
        let height, width: Int
        var description: String { folder }
    }

    static let cases: [Case] = {
        struct Manifest: Decodable { let tokenpose: [Case] }
        do {
            return try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: fixture("tokenpose/manifest.json"))).tokenpose
        } catch { fatalError("Tests/Fixtures/tokenpose/manifest.json: \(error)") }
    }()

    /// How far the heatmaps of two images are from the reference's.
    private func distance(_ test: Case, _ precision: Precision) throws -> Float {
        let folder = try generatedFolder(test.folder, of: "tokenpose")
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try TokenPose(folder: folder, precision: precision)
        let expected = try expectation("\(test.folder)/expected.safetensors", "heatmaps", of: "tokenpose")
        return largestDifference(network(generatedImages(2, height: test.height, width: test.width)), expected)
    }

    @Test(arguments: cases)
    func `heatmaps agree with PyTorch`(test: Case) throws {
        let worst = try distance(test, .fp32)
        print("TokenPose \(test): largest difference from PyTorch \(worst)")
        #expect(worst < 1e-4)
    }

    /// These heatmaps rise to about 5.
    @Test(arguments: cases, [Precision.bf16, .int8].filter(\.isAvailable))
    func `less precision stays near PyTorch`(test: Case, precision: Precision) throws {
        let worst = try distance(test, precision)
        print("TokenPose \(test), \(precision): largest difference from PyTorch \(worst)")
        #expect(worst > 1e-6 && worst < (precision == .bf16 ? 0.1 : 0.25))
    }

    /// Over what `make_tokenpose.py --published DIR` made: not in CI.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["POSED_PUBLISHED"] != nil),
        arguments: ["t", "s-v1", "s-v2", "b", "l-d6", "l-d24"], Precision.allCases.filter(\.isAvailable))
    func `the published shapes agree with PyTorch`(name: String, precision: Precision) throws {
        let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["POSED_PUBLISHED"])).appending(path: name)
        let network = try TokenPose(folder: folder, precision: precision)
        let weights = try Weights(contentsOf: folder.appending(path: "expected.safetensors"))
        let expected = try weights.tensor("heatmaps", shape: [2, 17, 64, 48])
        let worst = largestDifference(network(generatedImages(2, height: 256, width: 192)), expected)
        print("TokenPose-\(name.uppercased()), \(precision): largest difference from PyTorch \(worst)")
        if precision == .fp32 {
            let export = try TokenPose(onnx: folder.appending(path: "model.onnx"))
            #expect(export.configuration.heads == network.configuration.heads)
            let worst = largestDifference(
                export(generatedImages(2, height: 256, width: 192)),
                try weights.tensor("exported", shape: [2, 17, 64, 48]))
            print("TokenPose-\(name.uppercased()), its ONNX export: largest difference from PyTorch \(worst)")
            #expect(worst < 1e-3)
        }
        #expect(worst < (precision == .fp32 ? 1e-3 : precision == .bf16 ? 0.1 : 0.4))
    }

    /// An export of each of PyTorch's two exporters, one without and one with HRNet, and what ONNX Runtime makes of it.
    @Test(arguments: cases.filter { ["t", "b"].contains($0.folder) })
    func `ONNX exports agree with ONNX Runtime`(test: Case) throws {
        let file = fixture("tokenpose/\(test.folder)/model.onnx")
        var graph = try ONNXGraph(contentsOf: file)
        // HRNet's kernels would be most of the file; it names them only.
        for (name, tensor) in graph.initializers where tensor.shape.count == 4 {
            graph.initializers[name]?.bytes = parameter(name, tensor.shape).withUnsafeBytes { Data($0) }
        }
        let network = try TokenPose(graph, of: file)
        let folder = try generatedFolder(test.folder, of: "tokenpose")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try network.configuration == TokenPoseConfiguration(contentsOf: folder.appending(path: "config.json")))
        let expected = try expectation("\(test.folder)/expected.safetensors", "exported", of: "tokenpose")
        #expect(largestDifference(network(generatedImages(2, height: test.height, width: test.width)), expected) < 1e-4)
    }

    @Test func `an ONNX file is a pose network, if it is one of a TokenPose`() throws {
        let file = fixture("tokenpose/t/model.onnx")
        #expect(try loadEstimator(file).skeleton == .coco17)
        for other in ["tiny", "flat", "unfolded"] {
            let error = #expect(throws: NetworkError.self) { try loadEstimator(fixture("processing/\(other).onnx")) }
            #expect(error.map { $0.description.contains("onnx") && !$0.description.contains("\n") } == true, "\(error!)")
        }
    }

    @Test func `an ONNX file that ends early or holds other bytes never ends the process`() throws {
        let whole = try Data(contentsOf: fixture("tokenpose/t/model.onnx"))
        let file = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID()).onnx")
        defer { try? FileManager.default.removeItem(at: file) }
        for length in stride(from: 0, to: whole.count - 64, by: whole.count / 40) {
            try whole.prefix(length).write(to: file)
            #expect(throws: NetworkError.self) { try TokenPose(onnx: file) }
        }
        for index in stride(from: 0, to: 16_000, by: 193) {
            var changed = whole
            changed[index] ^= 0xff
            try changed.write(to: file)
            _ = try? TokenPose(onnx: file)
        }
    }

    @Test(arguments: cases)
    func `a batch gives what its images give alone`(test: Case) throws {
        let folder = try generatedFolder(test.folder, of: "tokenpose")
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try TokenPose(folder: folder)
        let batch = generatedImages(5, height: test.height, width: test.width)
        let together = network(batch).array
        let size = together.count / 5
        for index in [4, 0, 2] {
            let alone = network(batch.slice(index..<index + 1))
            #expect(largestDifference(alone, Tensor(alone.shape, together[index * size..<(index + 1) * size])) < 1e-4)
        }
        #expect(network(batch).array == together)
    }

    @Test func `a folder is a pose network`() throws {
        let folder = try generatedFolder("s", of: "tokenpose")
        defer { try? FileManager.default.removeItem(at: folder) }
        let estimator = try loadEstimator(folder, .init(flip: true))
        #expect(estimator.skeleton == .coco17)
        let image = Image.synthetic(width: 120, height: 90)
        let poses = try estimator.poses(in: image, boxes: [BoundingBox(x: 10, y: 10, width: 40, height: 60)])
        #expect(poses[0].keypoints.allSatisfy { $0.x.isFinite && $0.y.isFinite })
        #expect(throws: NetworkError.self) { try loadEstimator(folder, .init(dataset: .ap10k)) }
        let mpii = try generatedFolder("l", of: "tokenpose")
        defer { try? FileManager.default.removeItem(at: mpii) }
        #expect(try loadEstimator(mpii, .init(dataset: .mpii)).skeleton.joints.count == 16)
    }

    @Test func `the operations are those that PyTorch counts`() {
        for (shape, multiplications) in [
            (TokenPoseConfiguration.t, 1.60), (.s1, 2.73), (.s2, 7.49), (.b, 6.28), (.l6, 9.87), (.l24, 12.19),
        ] {
            #expect(abs(Double(shape.operations) / 2e9 - multiplications) < 0.006, "\(shape)")
        }
    }

    private func complaint(_ key: String, _ value: String) throws -> String {
        let json = try String(contentsOf: fixture("tokenpose/b/config.json"), encoding: .utf8)
        let pattern = try Regex("\"\(key)\":\\s*(\\[[^\\]]*\\]|\\{[^}]*\\}|\"[^\"]*\"|[^,\\n}]+)")
        let changed = json.replacing(pattern, with: value.isEmpty ? "\"other\": 0" : "\"\(key)\": \(value)")
        #expect(changed != json)
        do { _ = try TokenPoseConfiguration(json: Data(changed.utf8), named: "config.json") } catch { return error.description }
        return "accepted"
    }

    @Test(arguments: [
        "stem_width", "image_size", "patch_size", "hidden_size", "num_attention_heads", "intermediate_size", "num_hidden_layers",
        "heatmap_hidden_size",
    ])
    func `no number in a configuration is too wild to be refused in one line`(key: String) throws {
        let numbers = [
            "1e300", "-1e300", "1e19", "4611686018427387904", "9223372036854775807", "9223372036854775808", "1e9", "-1",
            "-9223372036854775808", "NaN", "Infinity",
        ]
        let wild =
            numbers + numbers.map { "[\($0), 4]" }
            + ["\"4\"", "[]", "{}", "[4]"].filter { key != "num_hidden_layers" || $0 != "[4]" }
        for value in wild {
            let complaint = try complaint(key, value)
            #expect(
                complaint.hasPrefix("config.json") && !complaint.contains("\n") && complaint.count < 250, "\(value): \(complaint)"
            )
        }
    }

    @Test(arguments: [
        ("architecture", "\"vitpose\"", "architecture is vitpose"), ("stem", "\"resnet\"", "stem is resnet"),
        ("image_size", "[4096, 4096]", "between the layers"), ("image_size", "[64, 40]", "cells of 16"),
        ("patch_size", "[3, 3]", "patches of 3x3"), ("num_attention_heads", "5", "not a multiple"),
        ("num_hidden_layers", "[65]", "1 to 64"), ("num_attention_heads", "", "num_attention_heads is missing"),
        ("id2label", "{}", "keypoints"), ("id2label", "{\"1\": \"nose\"}", "count from 0"),
        ("hidden_size", "0", "hidden_size is 0"),
    ])
    func `what cannot be is named`(key: String, value: String, hint: String) throws {
        let complaint = try complaint(key, value)
        #expect(complaint.contains(hint), "\(complaint)")
    }

    @Test func `a file of another network is refused by name`() throws {
        let folder = try generatedFolder("s", of: "tokenpose")
        defer { try? FileManager.default.removeItem(at: folder) }
        let config = folder.appending(path: "config.json")
        try FileManager.default.removeItem(at: config)
        try FileManager.default.copyItem(at: fixture("tokenpose/b/config.json"), to: config)
        let error = #expect(throws: NetworkError.self) { try TokenPose(folder: folder) }
        #expect(error?.description.contains("lack pre_feature.bn1.weight") == true, "\(error!)")
    }
}
