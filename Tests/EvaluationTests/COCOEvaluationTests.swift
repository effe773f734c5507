import Evaluation
import Foundation
import TestSupport
import Testing

/// Figures that pycocotools found for the fixtures (make_evaluation.py).
private struct Manifest: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
        let annotations: String
        let results: String
        let kind: String
        let figures: [Double]
        let lines: [String]
        var testDescription: String { "\(kind) of \(results) in \(annotations)" }
    }

    let cases: [Case]

    static func read() throws -> Manifest { try decode("manifest.json") }
}

private func decode<Value: Decodable>(_ file: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: fixture("evaluation/\(file)")))
}

@Suite struct COCOEvaluationTests {
    @Test(arguments: try Manifest.read().cases)
    fileprivate func `figures are those of pycocotools`(_ expected: Manifest.Case) throws {
        let found = try COCOEvaluation(
            of: decode(expected.results), against: decode(expected.annotations),
            task: expected.kind == "bbox" ? .boxes : .keypoints)
        try #require(found.figures.count == expected.figures.count)
        for (figure, value) in zip(found.figures, expected.figures) {
            #expect(abs(figure.value - value) < 1e-9, "\(figure.name)")
        }
        #expect(found.figures.map(\.line) == expected.lines)
    }

    @Test func `no results score zero`() throws {
        let found = try COCOEvaluation(of: [], against: decode("annotations.json"), task: .keypoints)
        #expect(found.figures.allSatisfy { $0.value == 0 })
    }

    @Test func `what nobody can be found in is -1`() throws {
        let dataset = try dataset(annotations: #"{"id": 1, "image_id": 7, "bbox": [0, 0, 200, 200], "area": 40000}"#)
        let found = try COCOEvaluation(
            of: [COCOResult(pictureID: 7, categoryID: 1, box: [0, 0, 200, 200], score: 1)], against: dataset, task: .boxes)
        let figures = Dictionary(uniqueKeysWithValues: found.figures.map { ($0.name, $0.value) })
        #expect(figures["APs"] == -1)
        #expect(figures["APl"]?.rounded() == 1)
    }

    @Test func `keys that a file leaves out have their plain meaning`() throws {
        let dataset = try dataset(
            annotations: #"{"id": 1, "image_id": 7, "bbox": [1, 2, 30, 40], "keypoints": [5, 6, 2, 0, 0, 0, 7, 8, 1]}"#)
        let person = try #require(dataset.annotations?.first)
        #expect(!person.isCrowd)
        #expect(person.area == 1200)
        #expect(person.labelledJoints == 2)
    }

    @Test func `every person has the most similar result beside it`() throws {
        let found = try COCOEvaluation(of: decode("keypoints.json"), against: decode("annotations.json"), task: .keypoints)
        #expect(found.personMatches.count == 73)
        #expect(found.personMatches.contains { $0.similarity == 1 })
        #expect(found.personMatches.allSatisfy { ($0.result == nil) == ($0.similarity == 0) || $0.similarity < 1e-3 })
    }

    @Test(arguments: [
        (COCOResult(pictureID: 8, categoryID: 1, box: [0, 0, 1, 1], score: 1), "record 1 is of picture 8"),
        (COCOResult(pictureID: 7, categoryID: 1, box: [0, 0, 1], score: 1), "record 1 needs a bbox of 4 numbers"),
        (COCOResult(pictureID: 7, categoryID: 1, score: 1), "record 1 has neither bbox nor keypoints"),
    ])
    func `a record that cannot be scored is named`(_ record: COCOResult, _ complaint: String) throws {
        let dataset = try dataset(annotations: #"{"id": 1, "image_id": 7, "bbox": [0, 0, 200, 200]}"#)
        #expect { try COCOEvaluation(of: [record], against: dataset, task: .boxes) } throws: { "\($0)".contains(complaint) }
    }

    @Test(arguments: ["true", "1", "false", "0", "null"])
    func `iscrowd is a number or a truth value`(word: String) throws {
        let json = """
            {"images": [{"id": 7, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "person"}],
             "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": \(word)}]}
            """
        let dataset = try JSONDecoder().decode(COCODataset.self, from: Data(json.utf8))
        #expect(dataset.annotations?.first?.isCrowd == ["true", "1"].contains(word))
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(COCODataset.self, from: Data(json.replacing(word, with: "\"no\"").utf8))
        }
    }

    @Test(arguments: [0, 2, 18, -1]) func `results of another category are told`(category: Int) throws {
        let json = """
            {"images": [{"id": 7, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "person"}],
             "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 0}]}
            """
        let dataset = try JSONDecoder().decode(COCODataset.self, from: Data(json.utf8))
        let results = [COCOResult(pictureID: 7, categoryID: category, box: [0, 0, 9, 9], score: 1)]
        let error = #expect(throws: EvaluationError.self) { try COCOEvaluation(of: results, against: dataset, task: .boxes) }
        #expect(error?.description.contains("category 1, which is scored; theirs is \(category)") == true)
    }

    @Test func `annotations without keypoints or persons are refused`() throws {
        let boxes = try dataset(annotations: #"{"id": 1, "image_id": 7, "bbox": [0, 0, 200, 200]}"#)
        #expect(throws: EvaluationError.self) { try COCOEvaluation(of: [], against: boxes, task: .keypoints) }
        let nobody = try dataset(annotations: "")
        #expect(throws: EvaluationError.self) { try COCOEvaluation(of: [], against: nobody, task: .boxes) }
    }

    private func dataset(annotations: String) throws -> COCODataset {
        let json = #"{"images": [{"id": 7, "file_name": "7.jpg"}], "annotations": [\#(annotations)]}"#
        return try JSONDecoder().decode(COCODataset.self, from: Data(json.utf8))
    }
}
