import Foundation
import Subprocess
import TestSupport
import Testing

/// The Python clients, as a user runs them: with Debian's Python and nothing but numpy.
@Suite(.timeLimit(.minutes(10))) struct ClientTests {
    private let workshop: Workshop
    private let counter = repositoryRoot.appending(path: "clients/count_squats.py").path

    init() throws { workshop = try Workshop() }

    @Test func threeSquatsAreCountedInARecording() async throws {
        let said = try await workshop.tool(
            "env", "PATH=/usr/bin:/bin", "python3", counter, fixture("clients/squats.poses.jsonl").path)
        let lines = said.split(separator: "\n")
        #expect(lines.count == 4, "\(said)")
        #expect(lines.last == "3 squats")
    }

    /// Three by eye: down at 2.6, 5.6 and 8.4 s.
    @Test(.enabled(if: sharedData != nil)) func threeSquatsAreCountedLiveOverASocket() async throws {
        try workshop.write(
            """
            name: gym
            source: {file: \(sharedData!.appending(path: "videos/squat.mp4").path), realtime: true, policy: all}
            sinks: [{socket: gym.sock}, {file: gym.jsonl}]
            """, to: "gym.yaml")
        let outcome = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
            try await workshop.wait { workshop.exists("gym.sock") }
            let said = try await workshop.tool("env", "PATH=/usr/bin:/bin", "python3", counter, "gym.sock")
            #expect(said.hasSuffix("\n3 squats\n"), "\(said)")
        }
        #expect(outcome.status == .exited(0))
    }

    @Test func everyFrameBecomesArrays() async throws {
        let program = """
            import sys; sys.path.insert(0, sys.argv[1])
            import numpy as np, posed
            frames = list(posed.read(sys.argv[2]))
            people = [person for frame in frames for person in frame.people]
            assert len(frames) == 108 and frames[1].index == 3 and abs(frames[1].time - 0.1) < 0.001, frames[1]
            assert all(p.raw.shape == (17, 3) and p.points.shape == (17, 2) and p.box.shape == (4,) for p in people)
            followed = [p for p in people if p.id is not None]
            assert len(followed) > 100 and followed[0]["nose"].shape == (2,)
            assert frames[0].header["stream"] == "squat" and frames[0].lost == 0
            print("sound")
            """
        let arguments = [repositoryRoot.appending(path: "clients").path, fixture("clients/squats.poses.jsonl").path]
        #expect(
            try await workshop.tool("env", "PATH=/usr/bin:/bin", "python3", "-c", program, arguments[0], arguments[1])
                == "sound\n")
    }
}
