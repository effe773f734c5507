import Foundation
import Subprocess
import SystemPackage
import Testing

/// The daemon over files, which need no camera: `CameraTests` has those.
@Suite(.timeLimit(.minutes(10))) struct RunTests {
    let workshop: Workshop

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
    }

    private func pipeline(_ name: String, source: String, more: String = "") throws {
        try workshop.write(
            "source:\n  \(source)\nsinks:\n  - file: \(name).jsonl\n\(more)", to: "pipelines/\(name).yaml")
    }

    private func lines(of name: String) -> [Substring] {
        ((try? workshop.text(of: name)) ?? "").split(separator: "\n")
    }

    private func frames(of name: String) -> Int { lines(of: name).count { $0.hasPrefix(#"{"type":"frame""#) } }
    private func headers(of name: String) -> Int { lines(of: name).count { $0.hasPrefix(#"{"type":"header""#) } }

    @Test func filesRunToTheirEndSideBySide() async throws {
        try pipeline("one", source: "file: clip.mp4")
        try pipeline("two", source: "file: clip.mp4", more: "  - file: again.jsonl\n")
        let outcome = try await workshop.posed("run", "pipelines", "--pid-file", "pid")
        #expect(outcome.status == .exited(0))
        for name in ["one.jsonl", "two.jsonl", "again.jsonl"] {
            let records = try Records(try workshop.text(of: name))
            #expect(records.numbers == Array(0..<20), "\(name)")
        }
        #expect(try Records(try workshop.text(of: "two.jsonl")).header["stream"] as? String == "two")
        #expect(!workshop.exists("pid"))
    }

    @Test func oneThatFailsHarmsNoOther() async throws {
        try pipeline("bad", source: "file: missing.mp4")
        try pipeline("good", source: "file: clip.mp4")
        let outcome = try await workshop.posed("run", "pipelines", "--pid-file", "pid")
        #expect(outcome.status == .exited(66))
        #expect(outcome.messages.contains { $0.contains("missing.mp4") && $0.contains("bad") })
        #expect(frames(of: "good.jsonl") == 20)
        #expect(!workshop.exists("pid"))
    }

    @Test func aBrokenPipelineFileIsRefused() async throws {
        try pipeline("bad", source: "file: clip.mp4", more: "smooth:\n  min_cutof: 2\n")
        let outcome = try await workshop.posed("run", "pipelines", "--pid-file", "pid")
        #expect(outcome.status == .exited(78))
        #expect(outcome.messages.contains { $0.contains("bad.yaml:6:3: ") && $0.contains("min_cutoff") })
    }

    @Test func aSignalEndsEveryStreamInOrder() async throws {
        try pipeline("loop", source: "file: clip.mp4\n  loop: true\n  realtime: true")
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            try await workshop.wait { frames(of: "loop.jsonl") > 30 }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        let lines = lines(of: "loop.jsonl")
        #expect(lines.contains { $0.hasPrefix(#"{"type":"gap""#) && $0.contains(#""reason":"loop""#) })
        #expect(lines.allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
    }

    @Test func aReloadBeginsOnlyWhatChangedAnew() async throws {
        let looped = "file: clip.mp4\n  loop: true\n  realtime: true"
        try pipeline("kept", source: looped)
        try pipeline("changed", source: looped)
        try pipeline("removed", source: looped)
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            try await workshop.wait { ["kept", "changed", "removed"].allSatisfy { frames(of: "\($0).jsonl") > 0 } }
            try pipeline("changed", source: looped, more: "detect:\n  detect_every: 2\n")
            try pipeline("added", source: looped)
            try FileManager.default.removeItem(atPath: workshop.path("pipelines/removed.yaml"))
            #expect(try await workshop.posed("reload", "--pid-file", "pid").status == .exited(0))
            try await workshop.wait { headers(of: "changed.jsonl") == 2 && frames(of: "added.jsonl") > 0 }
            // What it had begun to look at is still written.
            var (kept, removed) = (0, -1)
            try await workshop.wait {
                if removed < frames(of: "removed.jsonl") {
                    (kept, removed) = (frames(of: "kept.jsonl"), frames(of: "removed.jsonl"))
                }
                return frames(of: "kept.jsonl") > kept + 25
            }

            try pipeline("changed", source: looped, more: "detect:\n  nonsense: 2\n")
            try process.send(signal: .terminalClosed)
            let changed = frames(of: "changed.jsonl")
            try await workshop.wait { frames(of: "changed.jsonl") > changed + 20 }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        #expect(headers(of: "kept.jsonl") == 1)
        #expect(headers(of: "changed.jsonl") == 2)
        #expect(outcome.messages.contains { $0.contains("changed.yaml:8:3: ") && $0.contains("nonsense") })
        #expect(outcome.messages.contains { $0.contains("not reloaded") })
    }

    /// It cannot end while nobody reads what it writes.
    @Test func aStreamThatIsChangedBackBeforeItHasEndedGoesOn() async throws {
        let looped = "file: clip.mp4\n  loop: true\n  realtime: true"
        let more = "  - stdout: true\nstop_timeout: 100\n"
        try pipeline("loop", source: looped, more: more)
        mkfifo(workshop.path("pipe"), 0o600)
        let pipe = open(workshop.path("pipe"), O_RDWR | O_NONBLOCK | O_CLOEXEC)
        while write(pipe, "full", 4) > 0 {}
        let script = #"exec "$0" run pipelines --pid-file pid > pipe 2> messages"#
        let result = try await run(
            .name("bash"), arguments: ["-c", script, Workshop.posed], workingDirectory: FilePath(workshop.folder.path),
            input: .none, output: .discarded, error: .discarded
        ) { process in
            try await workshop.wait { frames(of: "loop.jsonl") > 0 }
            for (change, news) in [("detect:\n  detect_every: 2\n", "1 stream of 1 changed"), ("", "0 streams of 1 changed")] {
                try pipeline("loop", source: looped, more: more + change)
                try process.send(signal: .terminalClosed)
                try await workshop.wait { try workshop.text(of: "messages").contains(news) }
            }
            #expect(headers(of: "loop.jsonl") == 1)
            close(pipe)
            try await workshop.wait { headers(of: "loop.jsonl") == 2 }
            try process.send(signal: .terminate)
        }
        #expect(result.terminationStatus == .exited(0))
    }

    @Test func reloadSaysThatNobodyRuns() async throws {
        let outcome = try await workshop.posed("reload", "--pid-file", "pid")
        #expect(outcome.status == .exited(66))
        #expect(outcome.complaints.count == 1)
    }

    @Test func aKilledDaemonLeavesWholeLinesAndTheNextAppends() async throws {
        try pipeline("loop", source: "file: clip.mp4\n  loop: true\n  realtime: true")
        for run in 1...2 {
            let before = frames(of: "loop.jsonl")
            let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
                try await workshop.wait { frames(of: "loop.jsonl") > before + 10 }
                try process.send(signal: .kill)
            }
            #expect(outcome.status == .signaled(SIGKILL))
            #expect(headers(of: "loop.jsonl") == run)
        }
        let lines = lines(of: "loop.jsonl")
        #expect(lines.dropLast().allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
    }

    @Test func aReaderOfStandardOutputThatGoesEndsTheStream() async throws {
        try workshop.write("source:\n  file: clip.mp4\n  loop: true\n  realtime: true\n", to: "loop.yaml")
        let script = #""$0" run loop.yaml --pid-file pid 2> messages | head -3 > first; exit ${PIPESTATUS[0]}"#
        let result = try await run(
            .name("bash"), arguments: ["-c", script, Workshop.posed], workingDirectory: FilePath(workshop.folder.path),
            output: .discarded)
        #expect(result.terminationStatus == .exited(141))
        #expect(lines(of: "first").count == 3)
    }

    @Test func aSinkThatFailsIsTriedAgainAlone() async throws {
        try pipeline("loop", source: "file: clip.mp4\n  loop: true\n  realtime: true", more: "  - file: later/out.jsonl\n")
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            try await workshop.wait { frames(of: "loop.jsonl") > 10 }
            try FileManager.default.createDirectory(atPath: workshop.path("later"), withIntermediateDirectories: false)
            try await workshop.wait { frames(of: "later/out.jsonl") > 10 }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        #expect(lines(of: "later/out.jsonl").contains { $0.hasPrefix(#"{"type":"lost""#) })
        #expect(outcome.messages.contains { $0.contains("later/out.jsonl") })
    }
}
