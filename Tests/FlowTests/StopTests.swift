import Dispatch
import Foundation
import Testing

@testable import Flow

@Suite(.timeLimit(.minutes(10))) struct StopTests {
    let pipeline = Pipeline(label: "test")
    let ledger = Ledger()

    /// Calls `action` when the sink receives the tenth value, and runs.
    private func runEndless(_ action: @escaping @Sendable (Pipeline) -> Void) async throws {
        pipeline.source(Numbers(.max), name: "count")
            .then(Map { $0 }, name: "same")
            .end(Collect(ledger: ledger) { [pipeline] in if $0 == 10 { action(pipeline) } }, name: "collect")
        try await pipeline.run()
    }

    @Test func stopDeliversAllThatWasRead() async throws {
        try await runEndless { $0.stop() }
        #expect(ledger.values == Array(0..<ledger.values.count))
        #expect(ledger.values.count == pipeline.statistics[0].items)
        #expect(ledger.finishes == 1)
    }

    @Test func cancelDiscardsWhatIsQueued() async throws {
        try await runEndless { pipeline in
            while pipeline.statistics[2].depth < 2 { usleep(100) }
            pipeline.cancel()
        }
        #expect(ledger.values == Array(0...10))
        #expect(ledger.finishes == 1)
    }

    @Test func stopWakesASourceThatBlocks() async throws {
        pipeline.source(Silence(), name: "silence").end(Collect(ledger: ledger), name: "collect")
        let pipeline = pipeline
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.02) { @Sendable in pipeline.stop() }
        try await pipeline.run()
        #expect(ledger.finishes == 1)
    }

    @Test func aFailureBehindWakesASourceThatBlocks() async throws {
        struct FailsToFinish: Sink {
            func receive(_ value: Int) {}
            func finish() throws { throw Broken() }
        }
        pipeline.source(Silence(), name: "silence").end(Collect(ledger: ledger), name: "collect")
        pipeline.source(Numbers(1), name: "count").end(FailsToFinish(), name: "fail")
        await #expect(throws: Broken.self) { try await pipeline.run() }
        #expect(ledger.finishes == 1)
    }

    @Test func aPipelineStoppedBeforeItsRunReadsNothing() async throws {
        pipeline.source(Numbers(.max), name: "count").end(Collect(ledger: ledger), name: "collect")
        pipeline.stop()
        try await pipeline.run()
        #expect(ledger.values.isEmpty)
        #expect(ledger.finishes == 1)
    }
}
