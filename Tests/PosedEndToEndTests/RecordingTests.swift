import Foundation
import Subprocess
import Testing

/// `posed render` and `posed export`, on what `posed process` wrote.
@Suite(.timeLimit(.minutes(10))) struct RecordingTests {
    /// A video and its records.
    func recorded(seconds: Double = 0.4) async throws -> Workshop {
        let workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4", seconds: seconds)
        try workshop.makeBoxes(frames: 3)
        let outcome = try await workshop.posed("process", "clip.mp4", "--out", "clip.jsonl", "--boxes", "boxes.jsonl")
        try #require(outcome.status == .exited(0), "\(outcome.messages)")
        return workshop
    }

    @Test func recordsAreDrawnOverTheirVideo() async throws {
        let workshop = try await recorded()
        let outcome = try await workshop.posed("render", "clip.jsonl", "clip.mp4", "--overlay", "out.mp4", "--trail", "1")
        #expect(outcome.status == .exited(0) && outcome.complaints.isEmpty)
        #expect(outcome.messages.last?.hasPrefix("clip.mp4: 10 frames in ") == true)
        let times = (try await workshop.times(of: "out.mp4"), try await workshop.times(of: "clip.mp4"))
        #expect(times.0.count == 10 && isClose(times.0, times.1, within: 0.0001))
    }

    @Test func aVideoOfAnotherSizeIsRefused() async throws {
        let workshop = try await recorded()
        try await workshop.makeVideo("small.mp4", size: "64x64")
        let outcome = try await workshop.posed("render", "clip.jsonl", "small.mp4", "--overlay", "out.mp4")
        #expect(outcome.status == .exited(65))
        #expect(outcome.messages == ["posed: clip.jsonl was made from clip.mp4, 96x128: small.mp4 has 64x64"])
        #expect(!workshop.exists("out.mp4"))
    }

    @Test func aShorterVideoBringsAWarning() async throws {
        let workshop = try await recorded()
        try await workshop.makeVideo("short.mp4", seconds: 0.2)
        let outcome = try await workshop.posed("render", "clip.jsonl", "short.mp4", "--overlay", "out.mp4")
        #expect(outcome.status == .exited(0))
        #expect(outcome.complaints == ["posed: warning: 5 of 10 records of clip.jsonl fit no frame of short.mp4"])
    }

    @Test(
        arguments: [
            ("render nowhere.jsonl clip.mp4 --overlay out.mp4", 66),
            ("render clip.jsonl nowhere.mp4 --overlay out.mp4", 66),
            ("render clip.mp4 clip.mp4 --overlay out.mp4", 65),
            ("render clip.jsonl clip.mp4", 64),
            ("render clip.jsonl clip.mp4 --overlay out.txt", 64),
            ("render clip.jsonl clip.mp4 --overlay clip.jsonl", 64),
            ("render clip.jsonl clip.mp4 --overlay nowhere/out.mp4", 73),
            ("render clip.jsonl clip.mp4 --overlay out.mp4 --trail -1", 64),
            ("export clip.jsonl", 64),
            ("export clip.jsonl --format xml", 64),
            ("export clip.jsonl --format csv --session other", 64),
            ("export clip.jsonl --format csv --out clip.jsonl", 64),
            ("export clip.jsonl --format csv --out nowhere/out.csv", 73),
            ("export clip.jsonl --format csv --out /dev/full", 74),
            ("export clip.jsonl --format mot --out out.txt", 65),
            ("export boxes.jsonl --format csv", 65),
        ] as [(String, Int32)]) func whatCannotBeIsRefusedInOneLine(command: String, code: Int32) async throws
    {
        let workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4", seconds: 0.2)
        try workshop.makeBoxes()
        try workshop.write(Self.untracked, to: "clip.jsonl")
        let outcome = try await workshop.posed(command.split(separator: " ").map(String.init)) { _ in }
        #expect(outcome.status == .exited(code), "\(outcome.messages)")
        #expect(outcome.messages.count == 1 && outcome.complaints.count == 1, "\(outcome.messages)")
        #expect(try workshop.text(of: "clip.jsonl") == Self.untracked)
    }

    @Test func aSignalFinishesTheVideo() async throws {
        let workshop = try Workshop()
        try await workshop.makeVideo("long.mp4", seconds: 120)
        try workshop.write(Self.untracked, to: "long.jsonl")
        let outcome = try await workshop.posed(["render", "long.jsonl", "long.mp4", "--overlay", "out.mp4"]) { process in
            try await workshop.wait { ((try? workshop.size(of: "out.mp4")) ?? 0) > 10_000 }
            try process.send(signal: .interrupt)
        }
        #expect(outcome.status == .exited(130) && outcome.complaints.isEmpty, "\(outcome.messages)")
        #expect(1..<3000 ~= (try await workshop.times(of: "out.mp4")).count)
    }

    @Test func aPictureIsDrawnOnAsWell() async throws {
        let workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4", seconds: 0.04)
        try await workshop.tool("ffmpeg", "-v", "error", "-i", "clip.mp4", "picture.png")
        try workshop.write(Self.untracked, to: "picture.jsonl")
        let outcome = try await workshop.posed("render", "picture.jsonl", "picture.png", "--overlay", "out.png")
        #expect(outcome.status == .exited(0) && outcome.complaints.isEmpty, "\(outcome.messages)")
        #expect(try Data(contentsOf: workshop.folder.appending(path: "out.png")).starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test func theTableHasARowForEveryJoint() async throws {
        let workshop = try await recorded()
        let outcome = try await workshop.posed("export", "clip.jsonl", "--format", "csv")
        #expect(outcome.status == .exited(0) && outcome.messages.isEmpty)
        let rows = outcome.output.split(separator: "\n")
        #expect(rows.count == 1 + 3 * 17 && rows[1].hasPrefix("0,0.000000000,0,1,nose,"))
    }

    /// A stream of one frame with somebody who has no id.
    static let untracked =
        #"{"type":"header","format":"posed/1","stream":"clip","session":"01JD9Z3T5R8Q2W4X6Y7Z9A1B3C","layout":"one","#
        + #""keypoints":["nose"],"edges":[],"models":{"pose":{"id":"none","sha256":null}},"source":{"uri":"clip.mp4","#
        + #""width":96,"height":128,"rotation":0,"codec":"h264","frame_rate":25.000},"posed":"0"}"# + "\n"
        + #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[[1,2,1]]}]}"# + "\n"
}
