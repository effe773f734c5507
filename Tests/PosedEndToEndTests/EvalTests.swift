import Foundation
import Subprocess
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct EvalTests {
    let workshop: Workshop
    let annotations = fixture("evaluation/annotations.json").path

    init() throws { workshop = try Workshop() }

    @Test func aResultsFileIsScoredInPycocotoolsWords() async throws {
        let results = fixture("evaluation/keypoints.json").path
        let outcome = try await workshop.posed("eval", "coco", "--annotations", annotations, "--score", results)
        #expect(outcome.status == .exited(0))
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets= 20 ] = 0.275")
        #expect(lines.count == 11)
        #expect(lines.last?.hasPrefix("AP 0.27") == true)
    }

    @Test func aTestSetGivesTheResultsFileOnly() async throws {
        try await workshop.tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x128", "-frames:v", "1", "1.png")
        try workshop.write(#"{"images": [{"id": 5, "file_name": "1.png", "width": 96, "height": 128}]}"#, to: "info.json")
        try workshop.write(
            #"[{"image_id": 5, "category_id": 1, "bbox": [20, 10, 60, 100], "score": 0.5}]"#, to: "boxes.json")
        let asked = ["eval", "coco", "--annotations", "info.json", "--images", ".", "--boxes", "boxes.json"]
        let refused = try await workshop.posed(asked) { _ in }
        #expect(refused.status == .exited(64))
        #expect(refused.complaints.first?.contains("--results") == true)

        let outcome = try await workshop.posed(asked + ["--results", "poses.json"]) { _ in }
        #expect(outcome.status == .exited(0))
        #expect(outcome.output.isEmpty)
        let records = try JSONSerialization.jsonObject(with: Data(workshop.text(of: "poses.json").utf8)) as? [[String: Any]]
        #expect(records?.count == 1)
        #expect((records?.first?["keypoints"] as? [Double])?.count == 51)
        #expect(records?.first?["image_id"] as? Int == 5)
    }

    @Test func aDamagedPictureIsNamedAndTheFiguresStillPrinted() async throws {
        try workshop.write("no picture", to: "1.png")
        try workshop.write(
            #"{"images": [{"id": 5, "file_name": "1.png"}], "annotations": [{"id": 1, "image_id": 5, "bbox": [1, 1, 9, 9]}]}"#,
            to: "truth.json")
        let outcome = try await workshop.posed("eval", "boxes", "--annotations", "truth.json", "--images", ".")
        #expect(outcome.status == .exited(65))
        #expect(outcome.complaints.count == 1)
        #expect(outcome.complaints.first?.contains("1.png") == true)
        #expect(outcome.output.contains("AP 0.0000"))
    }

    @Test func whatIsMissingIsNamedBeforeAnyWork() async throws {
        let outcome = try await workshop.posed("eval", "boxes", "--annotations", annotations, "--images", ".")
        #expect(outcome.status == .exited(66))
        #expect(outcome.complaints.count == 1)
        #expect(outcome.complaints.first?.contains("and 47 more of 48") == true)
    }

    @Test func tracksAreMeasured() async throws {
        let outcome = try await workshop.posed(
            "eval", "track", "--truth", fixture("tracks/truth-2015.txt").path, "--results",
            fixture("tracks/results-2015.txt").path)
        #expect(outcome.status == .exited(0))
        #expect(outcome.output.hasPrefix("HOTA              0.4258\n"))
        let refused = try await workshop.posed("eval", "track", "--truth", annotations, "--results", annotations)
        #expect(refused.status == .exited(65))
    }
}
