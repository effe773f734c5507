import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Networks

private let pose = repositoryRoot.appending(path: "weights/vitpose-tiny")
private let detector = repositoryRoot.appending(path: "weights/person-nano")

/// A copy of a model's folder that goes away with the test.
private final class Copy {
    let url = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID())")

    init(of folder: URL) throws { try FileManager.default.copyItem(at: folder, to: url) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func replace(_ old: String, with new: String, in file: String) throws {
        let path = url.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: path)
    }

    /// Makes the last tensor's half-precision numbers not a number.
    func damage() throws {
        let path = url.appending(path: "model.safetensors")
        var data = try Data(contentsOf: path)
        data.replaceSubrange(data.count - 64..<data.count, with: [UInt8](repeating: 0xff, count: 64))
        try data.write(to: path)
    }

    /// Makes every number that `isMeant` names so large that the network's sums overflow.
    func overflow(_ isMeant: (String) -> Bool) throws {
        let path = url.appending(path: "model.safetensors")
        var data = try Data(contentsOf: path)
        let length = data.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        let header = data[8..<8 + length]
        let entries = try #require(try JSONSerialization.jsonObject(with: header) as? [String: [String: Any]])
        for (name, entry) in entries where isMeant(name) && name != "__metadata__" {
            let offsets = try #require(entry["data_offsets"] as? [Int])
            // 3e38 as BF16, 1e38 and a little as F32.
            let bytes: [UInt8] = entry["dtype"] as? String == "F32" ? [0, 0, 0x80, 0x7E] : [0x7F, 0x7F]
            let range = 8 + length + offsets[0]..<8 + length + offsets[1]
            data.replaceSubrange(range, with: (0..<range.count).map { bytes[$0 % bytes.count] })
        }
        let wider = String(decoding: header, as: UTF8.self).replacing("\"F16\"", with: "\"BF16\"")
        try (withUnsafeBytes(of: UInt64(wider.utf8.count).littleEndian) { Data($0) } + Data(wider.utf8) + data[(8 + length)...])
            .write(to: path)
    }
}

@Suite struct HeatmapEstimatorTests {
    private let image = Image.synthetic(width: 120, height: 90)

    @Test func `more boxes than a batch holds are the same as one by one`() throws {
        let estimator = try loadEstimator(pose)
        #expect(estimator.skeleton == .coco17)
        let boxes = (0..<11).map { BoundingBox(x: Float($0) * 7, y: Float($0), width: 30, height: 60) }
        let together = try estimator.poses(in: image, boxes: boxes)
        try #require(together.count == boxes.count)
        for (found, box) in zip(together, boxes) {
            let alone = try estimator.poses(in: image, boxes: [box])[0]
            for (a, b) in zip(found.keypoints, alone.keypoints) {
                #expect(abs(a.x - b.x) < 0.01 && abs(a.y - b.y) < 0.01 && abs(a.score - b.score) < 1e-4)
            }
        }
    }

    @Test func `a box without area gets keypoints without score at its centre, the others their poses`() throws {
        let estimator = try loadEstimator(pose, .init(flip: true))
        let whole = BoundingBox(x: 10, y: 10, width: 40, height: 60)
        let poses = try estimator.poses(
            in: image,
            boxes: [
                BoundingBox(x: 4, y: 6, width: 0, height: 8), whole, BoundingBox(x: .nan, y: 6, width: 5, height: 8),
                BoundingBox(x: 1e6, y: 1e6, width: 5, height: 8),
            ])
        #expect(poses[0].keypoints == [Keypoint](repeating: Keypoint(x: 4, y: 10, score: 0), count: 17))
        #expect(poses[1] == (try estimator.poses(in: image, boxes: [whole])[0]))
        #expect(poses[2].keypoints == [Keypoint](repeating: Keypoint(x: 0, y: 10, score: 0), count: 17))
        #expect(poses[3].keypoints.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.score.isFinite })
        #expect(try estimator.poses(in: image, boxes: []).isEmpty)
    }

    @Test func `settings that do not go with the network are refused`() throws {
        let copy = try Copy(of: pose)
        try copy.replace(#""height": 256"#, with: #""height": 128"#, in: "preprocessor_config.json")
        let error = #expect(throws: NetworkError.self) { try loadEstimator(copy.url) }
        #expect(error?.description.contains("192x128") == true)
        try FileManager.default.removeItem(at: copy.url.appending(path: "preprocessor_config.json"))
        let missing = #expect(throws: NetworkError.self) { try loadEstimator(copy.url) }
        #expect(missing?.description.contains("preprocessor_config.json") == true)
    }

    @Test func `weights that are not numbers are noticed`() throws {
        let copy = try Copy(of: pose)
        try copy.overflow { _ in true }
        let estimator = try loadEstimator(copy.url)
        #expect(throws: NetworkError.self) {
            try estimator.poses(in: image, boxes: [BoundingBox(x: 10, y: 10, width: 40, height: 60)])
        }
        try copy.damage()
        #expect(throws: NetworkError.self) { try loadEstimator(copy.url) }
    }
}

@Suite struct YOLOXDetectorTests {
    @Test func `a picture without people has no detections`() throws {
        #expect(try YOLOXDetector(detector).people(in: Image(width: 64, height: 300, grey: 114), threshold: 0.3).isEmpty)
    }

    @Test func `pictures of changing shapes leave no trace of one another`() throws {
        let finder = try YOLOXDetector(detector)
        let random = generated("noise", 3 * 90 * 160).map { UInt8(($0 + 1) * 127) }
        let (wide, high) = (Image(width: 160, height: 90, pixels: random), Image(width: 90, height: 160, pixels: random))
        let alone = try finder.people(in: wide, threshold: 0.01)
        _ = try finder.people(in: high, threshold: 0.01)
        #expect(!alone.isEmpty)
        #expect(try finder.people(in: wide, threshold: 0.01) == alone)
    }

    @Test(arguments: [
        (#""person""#, "", "names no classes"), ("416,", "410,", "416x410"),
        (#""person""#, #""person", "cat""#, "head.cls_preds.0.weight"), ("batch_norm_eps", "eps", "batch_norm_eps is missing"),
    ])
    func `settings that do not go with the network are refused`(old: String, new: String, hint: String) throws {
        let copy = try Copy(of: detector)
        try copy.replace(old, with: new, in: "config.json")
        let error = #expect(throws: NetworkError.self) { try YOLOXDetector(copy.url) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }

    @Test func `a class that a detector does not know is named`() throws {
        let copy = try Copy(of: detector)
        try copy.replace(#""person""#, with: #""cat""#, in: "config.json")
        let cats = try YOLOXDetector(copy.url)
        #expect(try cats.indices(of: ["Cat"]) == [0])
        let error = #expect(throws: NetworkError.self) {
            try cats.people(in: Image(width: 64, height: 64, grey: 50), threshold: 0.3)
        }
        #expect(error?.description == "person is none of the detector's 1 classes: cat")
    }

    @Test func `the pose network's weights are not a detector's`() throws {
        let copy = try Copy(of: detector)
        try FileManager.default.removeItem(at: copy.url.appending(path: "model.safetensors"))
        try FileManager.default.copyItem(
            at: pose.appending(path: "model.safetensors"), to: copy.url.appending(path: "model.safetensors"))
        let error = #expect(throws: NetworkError.self) { try YOLOXDetector(copy.url) }
        #expect(error?.description.contains("lacks YOLOX's stem") == true, "\(String(describing: error))")
    }

    @Test func `weights that are not numbers are noticed`() throws {
        let copy = try Copy(of: detector)
        try copy.overflow { $0.hasSuffix(".bn.bias") }
        let found = try YOLOXDetector(copy.url)
        #expect(throws: NetworkError.self) { try found.people(in: Image(width: 64, height: 64, grey: 50), threshold: 0.3) }
        try copy.damage()
        #expect(throws: NetworkError.self) { try YOLOXDetector(copy.url) }
    }
}
