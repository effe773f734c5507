import Foundation
import PoseTypes
import Subprocess
import TestSupport
import Testing

/// Networks with the keypoints of other data sets, whose heatmaps peak at marked places (`make_marked.py`): what comes behind them.
@Suite struct MarkedNetworkTests {
    private struct Line: Decodable {
        struct Person: Decodable {
            let `class`: String?
            let kp: [[Double]]
        }

        let layout: String?
        let keypoints: [String]?
        let persons: [Person]?
    }

    @Test(
        arguments: [
            ("ap10k", "ap10k-17", [60.0, 30, 360, 270], "dog"), ("wholebody", "coco-wholebody-133", [100, 20, 150, 240], nil),
        ] as [(String, String, [Double], String?)])
    func `records have a data set's own joints where they lie`(
        dataset: String, layout: String, box: [Double], category: String?
    ) async throws {
        let workshop = try Workshop()
        let script = repositoryRoot.appending(path: "Tests/Fixtures/make_marked.py").path
        let printed = try await workshop.tool("/usr/bin/python3", script, "network", dataset)
        let marks = try JSONDecoder().decode([String: [Double]].self, from: Data(printed.utf8))
        let picture = dataset == "ap10k" ? workshop.path("network/animal.ppm") : fixture("processing/frame.png").path
        try await workshop.tool("ffmpeg", "-v", "error", "-i", picture, "picture.png")
        let classes = category.map { #","classes":["\#($0)"]"# } ?? ""
        try workshop.write(#"{"frame":0,"boxes":[\#(box)]\#(classes)}"#, to: "boxes.jsonl")
        let outcome = try await workshop.posed(
            "process", "picture.png", "--pose", "network", "--boxes", "boxes.jsonl", "--out", "poses.jsonl", "--overlay",
            "overlay.png")
        #expect(outcome.status == .exited(0), "\(outcome.messages)")
        try await workshop.tool(
            "/usr/bin/python3", repositoryRoot.appending(path: "scripts/validate.py").path, "--strict", "poses.jsonl")

        let lines = try workshop.text(of: "poses.jsonl").split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        let header = try #require(lines.first { $0.layout != nil })
        let names = try #require(header.keypoints)
        #expect(header.layout == layout && Set(names) == Set(marks.keys))
        let person = try #require(lines.compactMap(\.persons).first?.first)
        #expect(person.class == category)
        // The crop of such a box: 1.25 times the smallest of 3:4 around it.
        let width = 1.25 * max(box[2], 0.75 * box[3]), height = width / 0.75
        for (name, point) in zip(names, person.kp) {
            let mark = try #require(marks[name])
            let (x, y) = (box[0] + box[2] / 2 + (mark[0] - 0.5) * width, box[1] + box[3] / 2 + (mark[1] - 0.5) * height)
            #expect(max(abs(point[0] - x), abs(point[1] - y)) < width / 100 && point[2] > 0.7, "\(name)")
        }
        #expect(try workshop.size(of: "overlay.png") > 1000)
    }
}
