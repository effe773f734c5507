import Foundation
import Kernels
import PoseTypes
import TestSupport
import Testing

@testable import Networks

/// Networks of several data sets, against what transformers makes of them with each `dataset_index`.
@Suite struct ViTPosePlusTests {
    @Test func `the experts of each data set agree with transformers`() throws { try compare(.fp32, within: 1e-5) }

    @Test(.enabled(if: Precision.bf16.isAvailable, "this processor has no instructions for bf16"))
    func `experts in bf16 stay near those of transformers`() throws { try compare(.bf16, within: 0.02) }

    @Test(.enabled(if: Precision.int8.isAvailable, "this processor has no instructions for int8"))
    func `experts in int8 stay near those of transformers`() throws { try compare(.int8, within: 0.05) }

    private func compare(_ precision: Precision, within bound: Float) throws {
        for shape in try NetworkFixture.read().vitposePlus {
            let folder = try generatedFolder(shape.folder)
            defer { try? FileManager.default.removeItem(at: folder) }
            for name in shape.datasets {
                let dataset = try #require(PoseDataset(rawValue: name))
                let network = try ViTPose(folder: folder, dataset: dataset, precision: precision)
                let expected = try expectation("\(shape.folder)/expected.safetensors", name)
                let worst = largestDifference(network(generatedImages(1, height: shape.height, width: shape.width)), expected)
                print("\(shape.folder), \(name), \(precision): largest difference from transformers \(worst)")
                #expect(worst < bound && (precision == .fp32 || worst > 1e-6), "\(shape.folder), \(name)")
            }
        }
    }

    @Test(arguments: [
        ("classic", PoseDataset.wholebody, "its head is for 17 keypoints, and wholebody has 133"),
        ("classic", .aic, "weights/convert_vitpose.py --dataset aic makes a folder with that head"),
        ("simple", .coco, "its head is for 16 keypoints, and coco has 17"),
        ("simple", .ap10k, "has experts for 3 data sets; ap10k would be number 3"),
    ])
    func `a data set that the head is not for is refused`(_ name: String, _ dataset: PoseDataset, hint: String) throws {
        let folder = try generatedFolder("vitpose_plus_\(name)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: NetworkError.self) { try ViTPose(folder: folder, dataset: dataset) }
        #expect(error?.description.contains(hint) == true && error?.description.contains("\n") == false, "\(error!)")
    }

    @Test func `a network of one data set has nothing to choose`() throws {
        let folder = repositoryRoot.appending(path: "weights/vitpose-tiny")
        #expect(throws: NetworkError.self) { try loadEstimator(folder, .init(dataset: .ap10k)) }
        _ = try loadEstimator(folder, .init(dataset: .coco))
    }

    @Test(arguments: [
        ("num_experts", "0", "num_experts"), ("num_experts", "-1", "num_experts"),
        ("num_experts", "9223372036854775807", "num_experts"),
        ("part_features", "40", "part_features"), ("part_features", "0", "part_features"),
        ("part_features", "-9223372036854775808", "part_features"), ("part_features", "1e300", "config.json"),
        ("num_experts", "4", "mlp.experts.4.bias and"), ("part_features", "15", "mlp.fc2.weight of shape [24, 80]"),
    ])
    func `experts that do not go with the weights are refused`(_ key: String, _ value: String, hint: String) throws {
        let folder = try generatedFolder("vitpose_plus_classic")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "config.json")
        let json = try String(contentsOf: file, encoding: .utf8)
        let changed = json.replacing(try Regex("\"\(key)\": [0-9]+"), with: "\"\(key)\": \(value)")
        #expect(changed != json)
        try Data(changed.utf8).write(to: file)
        let error = #expect(throws: NetworkError.self) { try ViTPose(folder: folder) }
        #expect(error?.description.contains(hint) == true && error?.description.contains("\n") == false, "\(error!)")
    }
}
