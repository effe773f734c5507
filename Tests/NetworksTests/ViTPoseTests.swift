import Foundation
import Kernels
import PoseTypes
import TestSupport
import Testing

@testable import Networks

/// What `make_networks.py --published` makes.
private let publishedShapes = ["s", "plus-s", "b", "plus-b", "l", "plus-l", "h", "plus-h"]

@Suite struct ViTPoseTests {
    private func images(_ batch: Int, _ shape: NetworkFixture.Case) -> Tensor {
        generatedImages(batch, height: shape.height, width: shape.width)
    }

    @Test func heatmapsAgreeWithTransformers() throws {
        for shape in try NetworkFixture.read().vitpose {
            let folder = try generatedFolder(shape.folder)
            defer { try? FileManager.default.removeItem(at: folder) }
            let network = try ViTPose(folder: folder)
            let expected = try expectation("\(shape.folder)/expected.safetensors", "heatmaps")
            let worst = largestDifference(network(images(2, shape)), expected)
            #expect(worst < 1e-5, "\(shape.folder)")
        }
    }

    @Test func `crops of another size have positions resampled as PyTorch does it`() throws {
        let shape = try NetworkFixture.read().resized
        let folder = try generatedFolder(shape.folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try ViTPose(folder: folder, input: CropSize(height: shape.height, width: shape.width))
        let expected = try expectation("vitpose_resized.safetensors", "heatmaps")
        #expect(largestDifference(network(images(1, shape)), expected) < 1e-5)
    }

    @Test(arguments: [
        (CropSize(height: 100, width: 48), "not made of patches of 16"),
        (CropSize(height: 4096, width: 4096), "posed takes 1024 MiB"),
        (CropSize(height: 0, width: 48), "image_size (height) is 0"),
    ])
    func `an input that cannot be is refused`(size: CropSize, hint: String) throws {
        let error = #expect(throws: NetworkError.self) {
            try loadEstimator(repositoryRoot.appending(path: "weights/vitpose-tiny"), .init(input: size))
        }
        #expect(error.map { $0.description.contains(hint) && !$0.description.contains("\n") } == true, "\(error!)")
    }

    @Test func `a pose network takes crops of another size, TokenPose only of its own`() throws {
        let estimator = try loadEstimator(
            repositoryRoot.appending(path: "weights/vitpose-tiny"), .init(input: CropSize("384x288")))
        let poses = try estimator.poses(
            in: .synthetic(width: 120, height: 90), boxes: [BoundingBox(x: 10, y: 10, width: 40, height: 60)])
        #expect(poses[0].keypoints.count == 17)
        let file = fixture("tokenpose/t/model.onnx")
        _ = try loadEstimator(file, .init(input: CropSize("64x48")))
        #expect(throws: NetworkError.self) { try loadEstimator(file, .init(input: CropSize("128x96"))) }
    }

    @Test func `a size is two whole numbers`() {
        #expect(CropSize("384x288") == CropSize(height: 384, width: 288) && CropSize("384x288")?.description == "384x288")
        for text in [
            "", "x", "384", "384x", "384x288x3", "-384x288", "+384x288", "384 x288", "8x8", "5000x64", "99999999999999999999x64",
        ] {
            #expect(CropSize(text) == nil, "\(text)")
        }
    }

    /// Heatmaps rise to about 1 where a joint is; bounds are for those, and grow with heatmaps that rise higher.
    @Test(.enabled(if: Precision.bf16.isAvailable, "this processor has no instructions for bf16"))
    func heatmapsInBF16StayNearThoseOfTransformers() throws { try compareHeatmaps(.bf16, within: 0.02) }

    @Test(.enabled(if: Precision.int8.isAvailable, "this processor has no instructions for int8"))
    func heatmapsInInt8StayNearThoseOfTransformers() throws { try compareHeatmaps(.int8, within: 0.05) }

    private func compareHeatmaps(_ precision: Precision, within bound: Float) throws {
        for shape in try NetworkFixture.read().vitpose {
            let folder = try generatedFolder(shape.folder)
            defer { try? FileManager.default.removeItem(at: folder) }
            let network = try ViTPose(folder: folder, precision: precision)
            let expected = try expectation("\(shape.folder)/expected.safetensors", "heatmaps")
            let worst = largestDifference(network(images(2, shape)), expected)
            let peak = expected.array.reduce(1) { max($0, abs($1)) }
            #expect(worst > 1e-6 && worst < bound * peak, "\(shape.folder): \(worst)")
        }
    }

    /// Over what `make_networks.py --published DIR` made, several hundred megabytes: not in CI.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["POSED_PUBLISHED"] != nil), arguments: publishedShapes,
        Precision.allCases)
    func thePublishedShapesAgreeWithTransformers(_ name: String, _ precision: Precision) throws {
        let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["POSED_PUBLISHED"])).appending(path: name)
        let network = try ViTPose(folder: folder, dataset: name.hasPrefix("plus-") ? .ap10k : .coco, precision: precision)
        let weights = try Weights(contentsOf: folder.appending(path: "expected.safetensors"))
        let expected = try weights.tensor("heatmaps", shape: [2, network.configuration.keypoints, 64, 48])
        let worst = largestDifference(network(generatedImages(2, height: 256, width: 192)), expected)
        print("ViTPose-\(name.uppercased()), \(precision): largest difference from transformers \(worst)")
        let peak = expected.array.reduce(1) { max($0, abs($1)) }
        #expect(worst < (precision == .fp32 ? 1e-4 : 0.05 * peak))
    }

    @Test func aBatchGivesWhatItsCropsGiveAlone() throws {
        let shape = try #require(try NetworkFixture.read().vitpose.first)
        let folder = try generatedFolder(shape.folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let network = try ViTPose(folder: folder)
        let batch = images(5, shape)
        let together = network(batch).array
        let size = together.count / 5
        for index in [4, 0, 2] {
            let alone = network(batch.slice(index..<index + 1))
            #expect(alone.shape[0] == 1)
            #expect(largestDifference(alone, Tensor(alone.shape, together[index * size..<(index + 1) * size])) < 1e-6)
        }
        #expect(network(batch).array == together)
    }

    @Test func aConfigurationThatIsNotSupportedIsRefused() throws {
        let json = try String(contentsOf: fixture("networks/vitpose_classic/config.json"), encoding: .utf8)
        for (key, other, complaint) in [
            ("\"num_experts\": 1", "\"num_experts\": 6", "part_features is 256"),
            ("\"num_experts\": 1", "\"num_experts\": 65", "num_experts is 65"),
            ("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"", "hidden_act relu"),
            ("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "not a multiple"),
            ("\"model_type\": \"vitpose\"", "\"model_type\": \"vit\"", "model_type is vit"),
            ("\"scale_factor\": 4", "\"scale_factor\": 2", "enlarges 4 times"),
        ] {
            let changed = json.replacingOccurrences(of: key, with: other)
            #expect(changed != json)
            #expect {
                try ViTPoseConfiguration(json: Data(changed.utf8), named: "config.json")
            } throws: {
                "\($0)".hasPrefix("config.json: ") && "\($0)".contains(complaint)
            }
        }
    }

    @Test func aFileOfAnotherNetworkIsRefusedByName() throws {
        let folder = try generatedFolder("vitpose_classic")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.removeItem(at: folder.appending(path: "config.json"))
        try FileManager.default.copyItem(
            at: fixture("networks/vitpose_simple/config.json"), to: folder.appending(path: "config.json"))
        #expect { try ViTPose(folder: folder) } throws: { "\($0)".contains("head.conv.weight of shape [3, 256, 1, 1]") }
    }

    @Test func theEmbeddedNetworkRuns() throws {
        let network = try ViTPose(folder: repositoryRoot.appending(path: "weights/vitpose-tiny"))
        let configuration = network.configuration
        let heatmaps = network(Tensor([1, 3, configuration.imageHeight, configuration.imageWidth]))
        #expect(heatmaps.shape == [1, 17, configuration.heatmapHeight, configuration.heatmapWidth])
        #expect(heatmaps.array.allSatisfy { $0.isFinite })
    }
}
