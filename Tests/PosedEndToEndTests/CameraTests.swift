import Foundation
import Subprocess
import TestSupport
import Testing

/// The daemon beside cameras of which one falls ill. What each illness does to a reader is shown in `MediaTests`.
@Suite(.timeLimit(.minutes(10)), .serialized) struct CameraTests {
    let workshop: Workshop
    private let password = "vi.ewer:p%40ss%2Fw%25rd"
    /// Parts of it, raw and escaped, that must be nowhere.
    private let secrets = ["vi.ewer", "p%40ss", "p@ss", "w%25rd", "w%rd"]

    init() async throws {
        workshop = try Workshop()
        try Camera.makeClip(workshop.path("small.h264"), size: "160x120", seconds: 10)
        try Camera.makeClip(workshop.path("large.h264"), size: "320x240", seconds: 10)
    }

    private func pipeline(_ name: String, _ address: String) throws {
        try workshop.write(
            "source:\n  url: \(address)\nsinks:\n  - file: \(name).jsonl\n  - socket: \(name).sock\n",
            to: "pipelines/\(name).yaml")
    }

    private func records(of name: String) throws -> [[String: Any]] {
        try ((try? workshop.text(of: "\(name).jsonl")) ?? "").split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private func frames(of name: String) throws -> [[String: Any]] {
        try records(of: name).filter { $0["type"] as? String == "frame" }
    }

    private func count(_ folder: String, of process: some CustomStringConvertible) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/\(folder)").count
    }

    @Test func aCameraThatComesBackWithOtherPicturesHarmsNoOther() async throws {
        let healthy = try Camera([workshop.path("small.h264")])
        let port = Camera.freePort()
        let ill = try Camera([workshop.path("small.h264")], port: port, password: "vi.ewer:p@ss/w%rd")
        try pipeline("one", healthy.address(0))
        try pipeline("two", healthy.address(1))
        try pipeline("ill", ill.address(credentials: password))
        let names = ["one", "two", "ill"]
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            let id = process.processIdentifier.value
            try await workshop.wait { try names.allSatisfy { try frames(of: $0).count > 15 } }
            let before = (threads: try count("task", of: id), files: try count("fd", of: id))
            ill.end()
            let away = try frames(of: "one").count
            try await workshop.wait { try frames(of: "one").count > away + 30 }
            let back = try Camera([workshop.path("large.h264")], port: port, password: "vi.ewer:p@ss/w%rd")
            try await workshop.wait { try records(of: "ill").count { $0["type"] as? String == "header" } == 2 }
            try await workshop.wait { try (frames(of: "ill").last?["frame"] as? Int ?? 0) > 60 }
            // Threads that have nothing to do go a little later.
            try await workshop.wait { try count("task", of: id) <= before.threads + 2 && count("fd", of: id) <= before.files + 2 }
            try withExtendedLifetime(back) { try process.send(signal: .terminate) }
        }
        #expect(outcome.status == .exited(0))
        let sizes = try records(of: "ill").compactMap { ($0["source"] as? [String: Any])?["width"] as? Int }
        #expect(sizes == [160, 320])
        let gap = try #require(try records(of: "ill").first { $0["type"] as? String == "gap" })
        let (from, to) = (try #require(gap["from_ns"] as? Int), try #require(gap["to_ns"] as? Int))
        #expect(Double(to - from) / 1e9 > 1.5)
        for name in names {
            let frames = try frames(of: name)
            let numbers = frames.compactMap { $0["frame"] as? Int }
            let times = frames.compactMap { $0["pts_ns"] as? Int }
            let dropped = frames.compactMap { $0["dropped"] as? Int }
            #expect(
                zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
            #expect(numbers.last == numbers.count + dropped.reduce(0, +) - 1, "\(name): every picture has a record or is counted")
            #expect(frames.allSatisfy { $0["t"] is String && ["rtcp", "arrival"].contains($0["clock"] as? String) })
            #expect(frames.allSatisfy { $0["lat_ms"] is Double && $0["clock_err_ms"] is Double })
        }
        for name in ["one", "two"] { #expect(try records(of: name).allSatisfy { $0["type"] as? String != "gap" }) }
        let everything =
            outcome.output + outcome.messages.joined() + (try names.map { try workshop.text(of: "\($0).jsonl") }).joined()
        for secret in secrets { #expect(!everything.contains(secret)) }
        #expect(outcome.messages.contains { $0.contains("***@127.0.0.1:\(port)") })
    }

    /// Cameras keep two sessions or so; one that nobody ends is in the way for a minute.
    @Test(arguments: [Signal.terminate, .interrupt], [1, 2])
    func whoeverEndsSaysGoodByeToTheCamera(signal: Signal, times: Int) async throws {
        let camera = try Server("odd_rtsp.py", [workshop.path("small.h264"), "none"])
        try pipeline("one", "rtsp://127.0.0.1:\(camera.port)/live")
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            try await workshop.wait { try frames(of: "one").count > 3 }
            for _ in 1...times { try process.send(signal: signal) }
        }
        #expect(outcome.status == .exited(0))
        #expect(camera.tell("requests").hasSuffix("TEARDOWN"))
    }

    @Test func aCameraThatWasNeverThereIsWaitedForAndLeft() async throws {
        try pipeline("absent", "rtsp://vi.ewer:secret@127.0.0.1:\(Camera.freePort())/0")
        try pipeline("unchecked", "rtsps://vi.ewer:secret@127.0.0.1:\(Camera.freePort())/0")
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            try await Task.sleep(for: .seconds(8))
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages.contains { $0.contains("next_try=") })
        #expect(outcome.messages.count { $0.contains("nobody checks the camera's certificate") } == 1)
        #expect(!outcome.messages.joined().contains("secret"))
    }
}
