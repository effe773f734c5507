import Foundation
import Subprocess
import SystemPackage
import Testing

/// Whatever ends a run, the files that it leaves are whole.
@Suite(.timeLimit(.minutes(10))) struct StopTests {
    let workshop: Workshop

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("long.mp4", seconds: 120)
        try workshop.makeBoxes(frames: 3000)
    }

    private func waitForFrames(in name: String) async throws {
        try await workshop.wait {
            ((try? workshop.text(of: name)) ?? "").split(separator: "\n").count { $0.hasPrefix(#"{"type":"frame""#) } > 5
        }
    }

    @Test(arguments: [(Signal.interrupt, 130), (.terminate, 143)] as [(Signal, Int32)])
    func aSignalFinishesEveryFile(signal: Signal, code: Int32) async throws {
        let outcome = try await workshop.posed(
            ["process", "long.mp4", "missing.mp4", "--detect-every", "1000", "--out", "results", "--overlay", "overlays"]
        ) { process in
            try await waitForFrames(in: "results/long.mp4.poses.jsonl")
            try process.send(signal: signal)
        }
        #expect(outcome.status == .exited(code))
        #expect(outcome.complaints.isEmpty, "the next input is not begun")
        let records = try Records(try workshop.text(of: "results/long.mp4.poses.jsonl"))
        #expect(records.frames.count >= 5 && records.frames.count < 3000)
        let times = try await workshop.times(of: "overlays/long.mp4.overlay.mp4")
        #expect(isClose(times, records.seconds, within: 1e-4))
    }

    @Test func aSecondSignalEndsAtOnce() async throws {
        // Nobody reads the pipe: the first signal cannot finish it.
        #expect(mkfifo(workshop.path("pipe"), 0o600) == 0)
        let pipe = open(workshop.path("pipe"), O_RDWR)
        defer { close(pipe) }
        let outcome = try await workshop.posed(["process", "long.mp4", "--boxes", "boxes.jsonl", "--out", "pipe"]) { process in
            // Full: it has not grown for half a second.
            var (fill, polls) = (Int32(0), 0)
            try await workshop.wait {
                var waiting: Int32 = 0
                _ = ioctl(pipe, UInt(FIONREAD), &waiting)
                polls = waiting > 0 && waiting == fill ? polls + 1 : 0
                fill = waiting
                return polls > 25
            }
            try process.send(signal: .interrupt)
            // The first second takes another one for the same.
            try await Task.sleep(for: .milliseconds(1500))
            try process.send(signal: .interrupt)
        }
        #expect(outcome.status == .signaled(SIGINT))
    }

    /// `timeout`, process groups and Ctrl-C through a wrapper send it twice.
    @Test(arguments: [0, 1, 300]) func aDoubledSignalFinishesEveryFile(milliseconds: Int) async throws {
        let outcome = try await workshop.posed(
            ["process", "long.mp4", "--boxes", "boxes.jsonl", "--out", "out.jsonl", "--overlay", "out.mp4"]
        ) { process in
            try await waitForFrames(in: "out.jsonl")
            for signal in [Signal.terminate, .terminate, .interrupt] {
                try process.send(signal: signal)
                try await Task.sleep(for: .milliseconds(milliseconds))
            }
        }
        #expect(outcome.status == .exited(143))
        let records = try Records(try workshop.text(of: "out.jsonl"))
        #expect(isClose(try await workshop.times(of: "out.mp4"), records.seconds, within: 1e-4))
    }

    @Test func aDoubledSignalClosesTheOverlaysOfTheDaemon() async throws {
        try workshop.write(
            "source: {file: long.mp4, realtime: true, loop: true}\nsinks: [{file: run.jsonl}, {overlay: run.mp4}]", to: "run.yaml"
        )
        let outcome = try await workshop.posed(["run", "run.yaml", "--pid-file", "pid"]) { process in
            try await waitForFrames(in: "run.jsonl")
            for _ in 1...2 { try process.send(signal: .terminate) }
        }
        #expect(outcome.status == .exited(0))
        let segments = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path).filter { $0.hasPrefix("run-") }
        #expect(segments.count == 1 && segments[0].hasSuffix("Z.mp4"), "\(segments)")
        #expect(try await workshop.times(of: segments[0]).count > 5)
    }

    @Test func aKillLeavesWholeLines() async throws {
        let outcome = try await workshop.posed(["process", "long.mp4", "--boxes", "boxes.jsonl", "--out", "out.jsonl"]) {
            process in
            try await waitForFrames(in: "out.jsonl")
            try process.send(signal: .kill)
        }
        #expect(outcome.status == .signaled(SIGKILL))
        #expect(try Records(try workshop.text(of: "out.jsonl")).frames.count >= 5)
    }

    @Test func aReaderThatGoesAwayEndsTheRunQuietly() async throws {
        let script = #""$0" process long.mp4 --boxes boxes.jsonl --out - 2> messages | head -1 > first; exit ${PIPESTATUS[0]}"#
        let result = try await run(
            .name("bash"), arguments: ["-c", script, Workshop.posed], workingDirectory: FilePath(workshop.folder.path),
            output: .discarded)
        #expect(result.terminationStatus == .exited(141))
        #expect(try workshop.text(of: "first").hasPrefix(#"{"type":"header""#))
        #expect(try !workshop.text(of: "messages").contains("posed: "))
    }
}
