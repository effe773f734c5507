import Evaluation
import Foundation
import Testing

@testable import PosedKit

@Suite struct EvaluationFileTests {
    private func complaint(about json: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "posed-eval-\(UUID().uuidString).json")
        try Data(json.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            let dataset = try EvaluationFiles(annotations: file.path, images: "/").dataset()
            return "none: \(dataset.pictures.count) pictures"
        } catch {
            return "\(error.kind) \(error)"
        }
    }

    @Test(arguments: [
        (
            #"{"images": [{"id": 1, "file_name": "1.png"}], "annotations": [{"id": 4, "image_id": 1, "bbox": [1, 2, 3]}]}"#,
            "annotations[0].bbox: a box has 4 numbers, this one 3"
        ),
        (
            #"{"images": [{"id": 1, "file_name": "1.png"}], "annotations": [{"id": 4, "bbox": [1, 2, 3, 4]}]}"#,
            "annotations[0].image_id is missing"
        ),
        (#"{"images": [{"id": 1, "file_name": "1.png"}], "annotations": [{"id": "4"}]}"#, "annotations[0].id"),
        (#"{"images": []}"#, "names no pictures"), (#"[1, 2]"#, "badData"), (#"{"images": ["#, "badData"),
        (#"{"images": [{"id": 1, "file_name": "1.png"}]}"#, "usage"),
    ])
    func `bad annotations are refused in a line that says where`(_ json: String, _ expected: String) throws {
        let said = try complaint(about: json)
        #expect(said.contains(expected))
        #expect(!said.contains("\n"))
    }

    @Test func `an output in a folder that is not there is refused before the work`() {
        let files = EvaluationFiles(annotations: "none.json", images: "/", results: "/no such folder/r.json")
        #expect { try files.dataset() } throws: { ($0 as? PosedError)?.kind == .cannotCreate }
    }
}
