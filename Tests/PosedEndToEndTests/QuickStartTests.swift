import Foundation
import PoseTypes
import Subprocess
import TestSupport
import Testing

/// `posed process` beside the quick start of ViTPose in transformers' documents, RT-DETR and then ViTPose: `make_quick_start.py`.
@Suite struct QuickStartTests {
    private struct Fixture: Decodable {
        struct Person: Decodable {
            let box: [Double]
            let score: Double
            let keypoints: [[Double]]
        }

        let detector: String
        let pose: String
        let threshold: Double
        let persons: [Person]
    }

    private struct Line: Decodable {
        struct Person: Decodable {
            let bbox: [Double]
            let score: Double
            let kp: [[Double]]
        }

        let persons: [Person]?
    }

    @Test func `a picture's persons are those of transformers' quick start`() async throws {
        let expected = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: fixture("quick_start/manifest.json")))
        let workshop = try Workshop()
        for (name, set, preprocessing) in [
            (expected.detector, "detectors", #"{"size": {"height": 64, "width": 64}, "do_normalize": false}"#),
            (
                expected.pose, "networks",
                #"{"size": {"height": 64, "width": 48}, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}"#
            ),
        ] {
            try FileManager.default.moveItem(at: generatedFolder(name, of: set), to: workshop.folder.appending(path: name))
            try workshop.write(preprocessing, to: "\(name)/preprocessor_config.json")
        }
        let outcome = try await workshop.posed(
            "process", fixture("processing/frame.png").path, "--detector", expected.detector, "--pose", expected.pose,
            "--threshold",
            "\(expected.threshold)", "--out", "poses.jsonl")
        #expect(outcome.status == .exited(0), "\(outcome.messages)")
        let lines = try workshop.text(of: "poses.jsonl").split(separator: "\n")
        let found = try lines.compactMap { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).persons }.flatMap(\.self)
        try #require(found.count == expected.persons.count)
        for (person, reference) in zip(found, expected.persons) {
            for (value, number) in zip(person.bbox, reference.box) { #expect(abs(value - number) < 0.02) }
            #expect(abs(person.score - reference.score) < 2e-4)
            try #require(person.kp.count == reference.keypoints.count)
            // A crop's levels are rounded to whole numbers: the last digit of a box may move them, and through them a joint by a fiftieth
            // of a cell of these coarse heatmaps.
            let cell = 1.25 * max(reference.box[2], 0.75 * reference.box[3]) / 12
            for (point, keypoint) in zip(person.kp, reference.keypoints) {
                #expect(max(abs(point[0] - keypoint[0]), abs(point[1] - keypoint[1])) < cell / 50, "\(point) \(keypoint)")
                #expect(abs(point[2] - keypoint[2]) < 5e-3)
            }
        }
    }
}
