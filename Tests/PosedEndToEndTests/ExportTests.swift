import Foundation
import Subprocess
import TestSupport
import Testing

/// What `posed export` writes is opened by those for whom it is made.
@Suite(.timeLimit(.minutes(10))) struct ExportTests {
    private static let formats = [
        ("coco", "coco.json"), ("alphapose", "alphapose.json"), ("mmpose", "mmpose.json"), ("openpose", "openpose"),
        ("trc", "trc"),
        ("pyskl", "pyskl.pkl"), ("mot", "mot.txt"), ("csv", "csv.csv"),
    ]

    /// Two people of whom one comes later, and a joint that is missing at times.
    @Test func everyFormatOpensInItsReader() async throws {
        let workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
        let boxes = (0..<20).map { frame in
            let boxes = [frame < 15 ? "[2,10,40,100]" : nil, frame >= 5 ? "[54,10,40,100]" : nil].compactMap(\.self)
            return #"{"frame":\#(frame),"boxes":[\#(boxes.joined(separator: ","))]}"#
        }
        try workshop.write(boxes.joined(separator: "\n"), to: "boxes.jsonl")
        _ = try await workshop.posed("process", "clip.mp4", "--boxes", "boxes.jsonl", "--out", "poses.jsonl")
        try workshop.write("", to: "out/empty")
        for (format, name) in Self.formats {
            let outcome = try await workshop.posed("export", "poses.jsonl", "--format", format, "--out", "out/\(name)")
            #expect(outcome.status == .exited(0) && outcome.messages == [], "\(format): \(outcome.messages)")
        }
        let python = repositoryRoot.appending(path: ".build/readers/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python), "make \(python.dropFirst(repositoryRoot.path.count + 1))")
        let script = repositoryRoot.appending(path: "Tests/Fixtures/read_exports.py").path
        let read = try await workshop.tool(python, script, "poses.jsonl", "out")
        #expect(read == "20 frames 30 people 2 ids\n")
    }

    /// What was imported is exported as it was, and refined and drawn as what posed found itself.
    @Test(arguments: ["coco", "alphapose", "mmpose", "openpose"]) func whatIsImportedIsExportedAsItWas(format: String)
        async throws
    {
        let workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
        let boxes = (0..<20).map { #"{"frame":\#($0),"boxes":[[2,10,40,100],[54,10,40,100]]}"# }
        try workshop.write(boxes.joined(separator: "\n"), to: "boxes.jsonl")
        _ = try await workshop.posed("process", "clip.mp4", "--boxes", "boxes.jsonl", "--out", "poses.jsonl")
        func export(_ records: String, to out: String) async throws {
            let outcome = try await workshop.posed("export", records, "--format", format, "--out", out)
            #expect(outcome.status == .exited(0), "\(outcome.messages)")
        }
        for folder in ["first", "second"] { try workshop.write("", to: "\(folder)/made") }
        try await export("poses.jsonl", to: "first/poses")
        let imported = try await workshop.posed(
            "import", "first/poses", "--format", format, "--video", "clip.mp4", "--out", "poses.poses.jsonl")
        #expect(
            imported.status == .exited(0) && imported.messages == ["poses.poses.jsonl: 20 frames, 40 people"],
            "\(imported.messages)")
        let script = repositoryRoot.appending(path: "scripts/validate.py").path
        try await workshop.tool("/usr/bin/python3", script, "--strict", "poses.poses.jsonl")
        try await export("poses.poses.jsonl", to: "second/poses")
        try await workshop.tool("diff", "-r", "first", "second")

        let hasIDs = ["alphapose", "openpose"].contains(format)
        let refined = try await workshop.posed("refine", "poses.poses.jsonl", "--out", "refined.jsonl")
        #expect(refined.status == .exited(hasIDs ? 0 : 65), "\(refined.messages)")
        let drawn = try await workshop.posed(
            "render", hasIDs ? "refined.jsonl" : "poses.poses.jsonl", "clip.mp4", "--overlay", "overlay.mp4")
        #expect(drawn.status == .exited(0), "\(drawn.messages)")
        #expect(try await workshop.times(of: "overlay.mp4").count == 20)
    }

    /// Files of others as they may be: other shapes that these programs write, and what nobody writes.
    @Test func whatOthersWriteIsReadOrRefused() async throws {
        let workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
        let points = (0..<17).map { "\(10 + $0),\(20 + $0),0.9" }.joined(separator: ",")
        let pairs = (0..<17).map { "[\(10 + $0),\(20 + $0)]" }.joined(separator: ",")
        let scores = Array(repeating: "0.9", count: 17).joined(separator: ",")
        let instance = #"{"keypoints":[\#(pairs)],"keypoint_scores":[\#(scores)],"bbox":[[1,2,30,60]],"bbox_score":0.8}"#
        let good: [(String, String)] = [
            ("mmpose", #"{"meta_info":{},"instance_info":[{"frame_id":1,"instances":[\#(instance)]}]}"#),
            ("mmpose", #"[{"frame_id":0,"instances":[\#(instance)]},{"frame_id":99,"instances":[\#(instance)]}]"#),
            ("coco", #"[{"image_id":0,"category_id":1,"keypoints":[\#(points)],"score":1e400}]"#.replacing("1e400", with: "7.5")),
            (
                "alphapose",
                #"[{"image_id":"frame_0.png","category_id":1,"keypoints":[\#(points)],"score":2.9,"box":[0,0,9,9],"idx":0}]"#
            ),
            ("alphapose", #"[{"image_id":0,"category_id":1,"keypoints":[\#(points)],"score":2.9,"box":[0,0,9],"idx":[3.0]}]"#),
        ]
        for (format, text) in good {
            try workshop.write(text, to: "file.json")
            let outcome = try await workshop.posed("import", "file.json", "--format", format, "--video", "clip.mp4")
            #expect(outcome.status == .exited(0), "\(format): \(outcome.messages)")
            let frames = outcome.output.split(separator: "\n").filter { $0.contains(#""type":"frame""#) }
            #expect(frames.count == 20 && frames[0].contains("[10.00,20.00,0.9000]"), "\(text)")
            #expect(outcome.messages.contains { $0.contains("behind the video's end") } == text.contains("99"))
        }
        let bad: [(String, String, Int32)] = [
            ("coco", "[", 65), ("coco", "{}", 65), ("coco", #"[{"image_id":0,"keypoints":[1,2],"score":1}]"#, 65),
            ("coco", #"[{"image_id":-1,"keypoints":[\#(points)],"score":1}]"#, 65),
            ("coco", #"[{"image_id":0,"keypoints":[1,2,1],"score":1}]"#, 65),
            ("coco", #"[{"image_id":0,"keypoints":[1e300,2,1],"score":1}]"#, 65),
            ("coco", #"[{"image_id":99999999999999999999,"keypoints":[1,2,1],"score":1}]"#, 65),
            ("alphapose", #"[{"image_id":"a.jpg","keypoints":[\#(points)],"score":1}]"#, 65),
            ("mmpose", #"{"instance_info":[{"frame_id":-9223372036854775808,"instances":[\#(instance)]}]}"#, 0),
            ("mmpose", #"[{"frame_id":0,"instances":[{"keypoints":[[1]],"keypoint_scores":[1]}]}]"#, 65),
            ("mmpose", #"[{"frame_id":0,"instances":[\#(instance),{"keypoints":[[1,2]],"keypoint_scores":[1]}]}]"#, 65),
            ("openpose", "[]", 66),
        ]
        for (format, text, code) in bad {
            try workshop.write(text, to: "file.json")
            let outcome = try await workshop.posed("import", "file.json", "--format", format, "--video", "clip.mp4")
            #expect(outcome.status == .exited(code), "\(format) \(text): \(outcome.messages)")
            #expect(outcome.complaints.count == (code == 0 ? 0 : 1), "\(format) \(text): \(outcome.messages)")
        }
    }

    @Test(arguments: [
        ("--format trc", 64), ("--format openpose", 64), ("--format openpose --out poses.jsonl", 73), ("--format yaml", 64),
        ("--format trc --out trc --session nobody", 64), ("--format pyskl --out nowhere/x", 73),
    ]) func whatCannotBeWrittenIsRefusedInOneLine(options: String, code: Int32) async throws {
        let workshop = try Workshop()
        try FileManager.default.copyItem(
            atPath: fixture("clients/squats.poses.jsonl").path, toPath: workshop.path("poses.jsonl"))
        let arguments = ["export", "poses.jsonl"] + options.split(separator: " ").map(String.init)
        let outcome = try await workshop.posed(arguments) { _ in }
        #expect(outcome.status == .exited(code), "\(outcome.messages)")
        #expect(outcome.complaints.count == 1, "\(outcome.messages)")
    }
}
