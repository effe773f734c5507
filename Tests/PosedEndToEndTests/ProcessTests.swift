import Foundation
import Subprocess
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProcessTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    @Test func aVideoGivesARecordAFrameAndAnOverlay() async throws {
        try await workshop.makeVideo("clip.mp4")
        try workshop.makeBoxes(frames: 15)
        let outcome = try await workshop.posed("process", "clip.mp4", "--boxes", "boxes.jsonl", "--overlay", "poses.mp4")
        #expect(outcome.status == .exited(0))
        #expect(outcome.output.isEmpty)
        #expect(outcome.complaints.isEmpty)
        let records = try Records(try workshop.text(of: "clip.mp4.poses.jsonl"))
        #expect(records.header["format"] as? String == "posed/1")
        #expect(records.header["stream"] as? String == "clip")
        #expect(records.numbers == Array(0..<20))
        #expect(isClose(records.seconds, try await workshop.times(of: "clip.mp4"), within: 1e-6))
        #expect(records.people.map(\.count) == Array(repeating: 1, count: 15) + Array(repeating: 0, count: 5))
        let person = try #require(records.people.first?.first)
        #expect(person["bbox"] as? [Double] == [20, 10, 60, 100])
        #expect((person["kp"] as? [[Double]])?.map(\.count) == Array(repeating: 3, count: 17))
        #expect(isClose(try await workshop.times(of: "poses.mp4"), records.seconds, within: 1e-4))
    }

    @Test func theSummarySaysWhereTheTimeWentAndWhichKernelsRan() async throws {
        try await workshop.makeVideo("clip.mp4")
        try workshop.makeBoxes(frames: 20)
        let outcome = try await workshop.posed("process", "clip.mp4", "--boxes", "boxes.jsonl", "--overlay", "poses.mp4")
        let words = outcome.messages.compactMap { $0.split(separator: " ").first }
        for stage in ["decode", "estimate", "write", "overlay"] { #expect(words.contains { $0 == stage }) }
        #expect(outcome.messages.contains { $0.contains("clip.mp4: 20 frames in ") && $0.contains(" fps, ") })
        #expect(outcome.messages.contains { $0.contains(" kernels, ") && $0.contains("vitpose-tiny") })
        #expect(!outcome.messages.joined().contains("\r"), "a progress bar that no terminal shows")
    }

    @Test func standardOutputHoldsRecordsOnly() async throws {
        try await workshop.makeVideo("clip.mp4", seconds: 0.2)
        try workshop.makeBoxes()
        let outcome = try await workshop.posed("process", "clip.mp4", "--boxes", "boxes.jsonl", "--out", "-")
        #expect(outcome.status == .exited(0))
        #expect(try Records(outcome.output).numbers == Array(0..<5))
        #expect(!workshop.exists("clip.mp4.poses.jsonl"))
    }

    /// Names are bytes, not text; a colon makes no protocol of an output.
    @Test func namesMayBeAnything() async throws {
        try await workshop.makeVideo("clip.mp4", seconds: 0.2)
        try workshop.makeBoxes()
        let script = #"""
            set -e
            name=$(printf 'L\344ufer')
            mv clip.mp4 "$name.mp4"
            "$0" process "$name.mp4" --boxes boxes.jsonl --out "$name.jsonl" --overlay 2026-11-29T08:30:00.mp4
            test -s "$name.jsonl"
            iconv -f utf-8 -t utf-8 "$name.jsonl" > out.jsonl
            """#
        try await workshop.tool("bash", "-c", script, Workshop.posed)
        #expect(try Records(try workshop.text(of: "out.jsonl")).numbers == Array(0..<5))
        #expect(try await workshop.times(of: "./2026-11-29T08:30:00.mp4").count == 5)
    }

    @Test func aStretchIsCutOut() async throws {
        try await workshop.makeVideo("clip.mp4", seconds: 2)
        try workshop.makeBoxes()
        let outcome = try await workshop.posed(
            "process", "clip.mp4", "--boxes", "boxes.jsonl", "--from", "0.5", "--to", "1", "--out", "-")
        #expect(outcome.status == .exited(0))
        let all = try await workshop.times(of: "clip.mp4")
        let seconds = try Records(outcome.output).seconds
        #expect(isClose(seconds, all.filter { $0 > 0.499 && $0 < 0.999 }, within: 1e-6))
    }

    @Test func aPictureGivesATableAndAnAnnotatedPicture() async throws {
        try await workshop.tool(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x128", "-frames:v", "1", "still.jpg")
        try workshop.makeBoxes()
        let outcome = try await workshop.posed(
            "process", "still.jpg", "--boxes", "boxes.jsonl", "--keypoint-threshold", "0", "--overlay", "poses.png")
        #expect(outcome.status == .exited(0))
        #expect(outcome.output.contains("left_ankle"))
        #expect(try Records(try workshop.text(of: "still.jpg.poses.jsonl")).people.map(\.count) == [1])
        let size = try await workshop.tool(
            "ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", "poses.png")
        #expect(size.trimmingCharacters(in: .whitespacesAndNewlines) == "96,128")
        let silent = try await workshop.posed("process", "still.jpg", "--boxes", "boxes.jsonl", "--out", "-")
        #expect(try Records(silent.output).people.map(\.count) == [1])
    }

    @Test func aBadInputAmongSeveralHoldsUpNone() async throws {
        try await workshop.makeVideo("a.mp4", seconds: 0.2)
        try await workshop.makeVideo("b.mp4", seconds: 0.2)
        try workshop.write("no video", to: "bad.mp4")
        let outcome = try await workshop.posed("process", "a.mp4", "bad.mp4", "missing.mp4", "b.mp4", "--out", "results")
        #expect(outcome.status == .exited(65))
        #expect(outcome.complaints.count == 2)
        for name in ["a", "b"] {
            #expect(try Records(try workshop.text(of: "results/\(name).mp4.poses.jsonl")).numbers == Array(0..<5))
        }
        #expect(!workshop.exists("results/bad.mp4.poses.jsonl"))
    }

    @Test func fewerDetectionsKeepThePeople() async throws {
        try await workshop.makeVideo("clip.mp4")
        let outcome = try await workshop.posed("process", "clip.mp4", "--detect-every", "5", "--max-persons", "1", "--out", "-")
        #expect(outcome.status == .exited(0))
        let records = try Records(outcome.output)
        #expect(records.frames.count == 20)
        #expect(records.people.allSatisfy { $0.count <= 1 })
    }

    @Test func withoutArgumentsHelpIsShown() async throws {
        let outcome = try await workshop.posed()
        #expect(outcome.status == .exited(0))
        #expect(outcome.output.contains("process"))
        #expect(try await workshop.posed("--version").output == "0.1.0\n")
    }
}
