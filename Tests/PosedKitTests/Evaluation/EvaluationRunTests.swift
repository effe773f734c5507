import Evaluation
import Foundation
import Media
import PoseTypes
import Testing

@testable import PosedKit

/// Four pictures of 64x48, two with one annotated person each, in a folder of their own.
private struct Collection {
    let folder = FileManager.default.temporaryDirectory.appending(path: "posed-eval-\(UUID().uuidString)")
    var path: String { folder.path }
    let dataset: COCODataset

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for id in 1...4 {
            try Picture.write(Image(width: 64, height: 48, grey: UInt8(40 * id)), path: folder.path + "/\(id).png")
        }
        let pictures = (1...4).map { #"{"id": \#($0), "file_name": "\#($0).png", "width": 64, "height": 48}"# }
        let people = [2, 3].map {
            #"{"id": \#($0), "image_id": \#($0), "category_id": 1, "iscrowd": 0, "area": 500, "num_keypoints": 17, "#
                + #""bbox": [-4, 8, 30, 60], "keypoints": [\#(Self.truth.map { "\($0)" }.joined(separator: ","))]}"#
        }
        let json = #"{"images": [\#(pictures.joined(separator: ","))], "annotations": [\#(people.joined(separator: ","))]}"#
        try Data(json.utf8).write(to: folder.appending(path: "annotations.json"))
        dataset = try COCODataset.read(path: folder.path + "/annotations.json")
    }

    /// Where everybody's joints are.
    private static var truth: [Int] { (0..<17).flatMap { [5 + $0, 10 + 2 * $0, 2] } }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

/// Joints where the annotations have them.
private let right = Pose(keypoints: (0..<17).map { Keypoint(x: Float(5 + $0), y: Float(10 + 2 * $0), score: 0.5) })

@Suite struct EvaluationRunTests {
    @Test func `right poses in annotated boxes score 1, and the boxes lie inside the picture`() throws {
        let collection = try Collection()
        defer { collection.remove() }
        var boxes: [BoundingBox] = []
        let run = try PoseCollection(of: collection.dataset, boxes: .annotated, detect: { _ in [] }) {
            boxes += $1
            return $1.map { _ in right }
        }
        var steps: [Int] = []
        let results = try run.run(folder: collection.path, progress: { steps.append($0) }, problem: { Issue.record("\($0)") })
        #expect(steps == [1, 2])
        #expect(boxes == [BoundingBox](repeating: BoundingBox(x: 0, y: 8, width: 30, height: 39), count: 2))
        #expect(results.map(\.pictureID) == [2, 3])
        #expect(results.allSatisfy { $0.score == 0.5 && $0.box == nil })
        let found = try COCOEvaluation(of: results, against: collection.dataset, task: .keypoints)
        #expect(abs((found.figures.first?.value ?? 0) - 1) < 1e-9)
    }

    @Test func `detected and given boxes weigh in the score, and copies of a pose are dropped`() throws {
        let collection = try Collection()
        defer { collection.remove() }
        let box = BoundingBox(x: 1, y: 2, width: 30, height: 40)
        let detected = try PoseCollection(
            of: collection.dataset, boxes: .detected,
            detect: { _ in [Detection(box: box, score: 0.4), Detection(box: box, score: 0.8)] },
            estimate: { $1.map { _ in right } }
        ).run(folder: collection.path, progress: { _ in }, problem: { Issue.record("\($0)") })
        #expect(detected.map(\.pictureID) == [1, 2, 3, 4])
        #expect(detected.allSatisfy { abs($0.score - 0.4) < 1e-6 })

        let given = [
            COCOResult(pictureID: 4, categoryID: 1, box: [1, 2, 30, 40], score: 0.5),
            COCOResult(pictureID: 3, categoryID: 7, box: [1, 2, 30, 40], score: 0.5),
            COCOResult(pictureID: 99, categoryID: 1, box: [1, 2, 30, 40], score: 0.5),
        ]
        let taken = try PoseCollection(
            of: collection.dataset, boxes: .given(given), detect: { _ in [] }, estimate: { $1.map { _ in right } }
        ).run(folder: collection.path, progress: { _ in }, problem: { Issue.record("\($0)") })
        #expect(taken.map(\.pictureID) == [4])
        #expect(abs((taken.first?.score ?? 0) - 0.25) < 1e-6)
    }

    @Test func `a missing picture is named before any work`() throws {
        let collection = try Collection()
        defer { collection.remove() }
        try FileManager.default.removeItem(atPath: collection.path + "/3.png")
        let boxes = BoxCollection(of: collection.dataset) { _ in
            Issue.record("worked")
            return []
        }
        #expect {
            try boxes.run(folder: collection.path, progress: { _ in }, problem: { _ in })
        } throws: {
            ($0 as? PosedError)?.kind == .missingInput && "\($0)".hasSuffix("/3.png")
        }
    }

    @Test func `a damaged picture and one of another size are named and passed over`() throws {
        let collection = try Collection()
        defer { collection.remove() }
        try Data("no picture".utf8).write(to: collection.folder.appending(path: "1.png"))
        try Picture.write(Image(width: 48, height: 64), path: collection.path + "/4.png")
        var problems: [String] = []
        let results = try BoxCollection(of: collection.dataset) { image in
            [Detection(box: BoundingBox(x: 1, y: 2, width: 3, height: Float(image.height)), score: 0.5)]
        }.run(folder: collection.path, progress: { _ in }, problem: { problems.append($0) })
        #expect(results.map(\.pictureID) == [2, 3])
        #expect(problems.count == 2)
        #expect(problems.first?.contains("1.png") == true)
        #expect(problems.last?.contains("4.png is 48x64, the annotations say 64x48") == true)
    }

    @Test func `results are read back as they were written`() throws {
        let collection = try Collection()
        defer { collection.remove() }
        let results = [
            COCOResult(pictureID: 2, categoryID: 1, keypoints: [0.1, 1.0 / 3, -2e-7, 1e22, 7, -0.5], score: 0.123456789012345),
            COCOResult(pictureID: 3, categoryID: 1, box: [1, 2, 3.5, 4], score: 1),
        ]
        try results.write(path: collection.path + "/results.json")
        #expect(try [COCOResult].read(path: collection.path + "/results.json") == results)
    }

    @Test func `the worst are drawn first`() throws {
        let collection = try Collection()
        defer { collection.remove() }
        let far = COCOResult(pictureID: 3, categoryID: 1, keypoints: [Double](repeating: 60, count: 51), score: 1)
        let near = COCOResult(
            pictureID: 2, categoryID: 1, keypoints: right.keypoints.flatMap { [Double($0.x), Double($0.y), 1] }, score: 1)
        let found = try COCOEvaluation(of: [near, far], against: collection.dataset, task: .keypoints)
        let one = try #require(
            try ContactSheet(found.personMatches, worst: 1, of: collection.dataset).draw(folder: collection.path))
        let both = try #require(
            try ContactSheet(found.personMatches, worst: 9, of: collection.dataset).draw(folder: collection.path))
        #expect(both.width > one.width && both.height == one.height)
        // The third picture, which is lighter, is the only one of the one, and left of the other.
        let middle = one.height / 2
        #expect(one.pixels[(middle * one.width + 100) * 3] == both.pixels[(middle * both.width + 100) * 3])
    }
}
