import Foundation
import Subprocess
import Testing

@Suite(.timeLimit(.minutes(10))) struct OverlaySegmentTests {
    let workshop: Workshop

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
        try workshop.write(
            """
            name: gym
            source: {file: clip.mp4, loop: true, realtime: true}
            sinks: [{overlay: gym.mp4, segment: 2s, keep: 2}]
            """, to: "gym.yaml")
    }

    private var segments: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path).filter { $0.hasPrefix("gym-") }.sorted()
        }
    }

    @Test func everySegmentIsWholeAtTheEnd() async throws {
        let outcome = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
            try await workshop.wait { try segments.count { $0.hasSuffix(".mp4") } == 2 }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        #expect(try segments.count == 2 && segments.allSatisfy { $0.hasSuffix("Z.mp4") })
        let times = try await workshop.times(of: try #require(try segments.first))
        #expect(times.count > 1 && times.last! <= 2.1)
    }

    @Test func aKilledDaemonLeavesNothingThatCannotBePlayed() async throws {
        let outcome = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
            try await workshop.wait { try segments.count { $0.hasSuffix(".mp4") } > 0 }
            try process.send(signal: .kill)
        }
        #expect(outcome.status == .signaled(SIGKILL))
        for name in try segments where name.hasSuffix(".mp4") { #expect(try await workshop.times(of: name).count > 0) }
    }
}
