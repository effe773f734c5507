import Foundation
import Subprocess
import TestSupport
import Testing

/// Over data that is not shipped: runs where POSED_SHARED names it.
@Suite(.enabled(if: sharedData != nil), .timeLimit(.minutes(10))) struct SharedDataTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    @Test func everyFrameOfASquatIsRecordedAtItsTime() async throws {
        let video = try #require(sharedData).appending(path: "videos/squat.mp4").path
        let outcome = try await workshop.posed("process", video, "--out", "out.jsonl", "--overlay", "overlay.mp4")
        #expect(outcome.status == .exited(0))
        let records = try Records(try workshop.text(of: "out.jsonl"))
        #expect(records.frames.count == 322)
        #expect(isClose(records.seconds, try await workshop.times(of: video), within: 1e-6))
        #expect(records.people.filter { !$0.isEmpty }.count > 300)
        #expect(isClose(try await workshop.times(of: "overlay.mp4"), records.seconds, within: 1e-4))
    }
}
