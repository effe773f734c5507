import Foundation
import Subprocess
import Testing

/// Every bad input gives one line and the code that the help names.
@Suite(.timeLimit(.minutes(10))) struct BadInputTests {
    let workshop: Workshop

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
    }

    func refuses(_ code: Int32, naming words: String..., arguments: String...) async throws {
        let outcome = try await workshop.posed(["process"] + arguments) { _ in }
        #expect(outcome.status == .exited(code))
        #expect(outcome.complaints.count == 1)
        #expect(outcome.messages.last == outcome.complaints.last)
        for word in words { #expect(outcome.complaints.first?.contains(word) == true, "\(outcome.messages) lacks \(word)") }
    }

    @Test func missing() async throws {
        try await refuses(66, naming: "missing.mp4", "no such file", arguments: "missing.mp4")
    }

    @Test func unreadable() async throws {
        try FileManager.default.createSymbolicLink(atPath: workshop.path("loop.mp4"), withDestinationPath: "loop.mp4")
        try await refuses(66, naming: "loop.mp4", "symbolic links", arguments: "loop.mp4")
    }

    @Test func notAVideo() async throws {
        try workshop.write(String(repeating: "no video\n", count: 100), to: "text.mp4")
        try await refuses(65, naming: "text.mp4", arguments: "text.mp4")
    }

    @Test func empty() async throws {
        try workshop.write("", to: "empty.mp4")
        try await refuses(65, naming: "empty.mp4", arguments: "empty.mp4")
    }

    @Test func audioOnly() async throws {
        try await workshop.tool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", "sound.m4a")
        try await refuses(65, naming: "sound.m4a", arguments: "sound.m4a")
    }

    @Test func noFrames() async throws {
        try await workshop.tool(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x128", "-frames:v", "0", "-c:v", "libx264", "none.mp4")
        try await refuses(65, naming: "none.mp4", arguments: "none.mp4")
        try await refuses(65, naming: "clip.mp4", "no frame", arguments: "clip.mp4", "--from", "100")
    }

    @Test func damageIsToldInOneWarningAndNotInFFmpegsWords() async throws {
        try await workshop.makeVideo("hurt.mp4")
        var data = try Data(contentsOf: workshop.folder.appending(path: "hurt.mp4"))
        for place in stride(from: 2000, to: data.count - 4000, by: 97) { data[place] ^= 0x55 }
        try data.write(to: workshop.folder.appending(path: "hurt.mp4"))
        try workshop.makeBoxes(frames: 20)
        let outcome = try await workshop.posed("process", "hurt.mp4", "--boxes", "boxes.jsonl", "--out", "-")
        #expect(outcome.status == .exited(0))
        #expect(outcome.complaints.count == 1)
        #expect(outcome.complaints.first?.hasPrefix("posed: warning: hurt.mp4") == true)
        // FFmpeg's own messages begin with what speaks and its address.
        #expect(!outcome.messages.contains { $0.contains(" @ 0x") }, "\(outcome.messages)")
    }

    @Test func whatIsTruncatedIsProcessedUpToTheDamage() async throws {
        try await workshop.makeVideo("long.mkv", seconds: 4)
        let whole = try Data(contentsOf: workshop.folder.appending(path: "long.mkv"))
        try whole.prefix(whole.count / 2).write(to: workshop.folder.appending(path: "cut.mkv"))
        try workshop.makeBoxes()
        let outcome = try await workshop.posed("process", "cut.mkv", "--boxes", "boxes.jsonl", "--out", "-")
        #expect(outcome.status == .exited(0))
        #expect(outcome.complaints.count == 1)
        #expect(outcome.complaints.first?.hasPrefix("posed: warning: cut.mkv") == true)
        let frames = try Records(outcome.output).frames.count
        #expect(frames > 20 && frames < 80)
    }

    @Test func badBoxes() async throws {
        try workshop.write("{\"frame\":0,\"boxes\":[]}\n{\"frame\":1,\"boxes\":[[1,2]]}\n", to: "boxes.jsonl")
        try await refuses(65, naming: "boxes.jsonl:2:", "4 numbers", arguments: "clip.mp4", "--boxes", "boxes.jsonl")
        try await refuses(66, naming: "none.jsonl", "No such file", arguments: "clip.mp4", "--boxes", "none.jsonl")
    }

    @Test func outputsThatCannotBeMade() async throws {
        try await refuses(73, naming: "none/x.jsonl", "No such file", arguments: "clip.mp4", "--out", "none/x.jsonl")
        try await refuses(73, naming: "none/x.mp4", arguments: "clip.mp4", "--overlay", "none/x.mp4")
    }

    @Test func aFullDisk() async throws {
        try workshop.makeBoxes()
        try await refuses(
            74, naming: "/dev/full", "disk is full", arguments: "clip.mp4", "--boxes", "boxes.jsonl", "--out", "/dev/full")
    }

    @Test func usage() async throws {
        try await refuses(64, naming: "<input>")
        try await refuses(64, naming: "--from", arguments: "clip.mp4", "--from", "3", "--to", "2")
        try await refuses(64, naming: "--detect-every", arguments: "clip.mp4", "--detect-every", "0")
        try await refuses(64, naming: "overwritten", arguments: "clip.mp4", "--overlay", "clip.mp4")
        try await refuses(64, naming: ".mp4", arguments: "clip.mp4", "--overlay", "x.png")
        try await refuses(64, naming: "standard output", arguments: "clip.mp4", "clip2.mp4", "--out", "-")
    }

    @Test func loopsThatDoNotRun() async throws {
        for name in ["avx1024", "baseline,"] {
            let outcome = try await workshop.posed(
                ["process", "clip.mp4"], environment: .inherit.updating(["POSED_KERNELS": name])
            ) { _ in }
            #expect(outcome.status == .exited(64) && outcome.messages.count == 1)
            #expect(outcome.messages.first?.contains("POSED_KERNELS is \(name)") == true, "\(outcome.messages)")
        }
    }

    @Test func missingWeights() async throws {
        try await refuses(66, naming: "nowhere", arguments: "clip.mp4", "--pose", "./nowhere")
        try await refuses(66, naming: "nowhere", arguments: "clip.mp4", "--detector", "./nowhere")
    }

    @Test func aBadInputLeavesEarlierResultsAlone() async throws {
        try workshop.write("earlier\n", to: "empty.mp4.poses.jsonl")
        try workshop.write("", to: "empty.mp4")
        _ = try await workshop.posed("process", "empty.mp4")
        #expect(try workshop.text(of: "empty.mp4.poses.jsonl") == "earlier\n")
    }
}
