import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Flow

struct Broken: Error {}

@Suite(.timeLimit(.minutes(10))) struct PipelineTests {
    let pipeline = Pipeline(label: "test")
    let ledger = Ledger()

    @Test func keepsOrderAndLosesNothing() async throws {
        pipeline.source(Numbers(5000), name: "count")
            .then(Map { $0 * 2 }, name: "double")
            .then(Map { $0 + 1 }, name: "add")
            .end(Collect(ledger: ledger), name: "collect")
        try await pipeline.run()
        #expect(ledger.values == (0..<5000).map { $0 * 2 + 1 })
        #expect(ledger.finishes == 1)
    }

    @Test func whatAStageHeldBackArrives() async throws {
        pipeline.source(Numbers(10), name: "count").then(Sum(), name: "sum").end(
            Collect(ledger: ledger), name: "collect", capacity: 1)
        try await pipeline.run()
        #expect(ledger.values == [45, -1, -2, -3])
    }

    @Test func everyConsumerOfAPortReceivesEverything() async throws {
        let other = Ledger()
        let numbers = pipeline.source(Numbers(300), name: "count")
        numbers.end(Collect(ledger: ledger), name: "one", capacity: 1)
        numbers.then(Map { -$0 }, name: "negate").end(Collect(ledger: other), name: "two", capacity: 5)
        try await pipeline.run()
        #expect(ledger.values == Array(0..<300))
        #expect(other.values == (0..<300).map { -$0 })
    }

    @Test func aSlowViewerBlocksNobodyAndSeesTheNewest() async throws {
        let viewer = Ledger()
        let numbers = pipeline.source(Numbers(300), name: "count")
        numbers.end(Collect(ledger: ledger), name: "file")
        numbers.end(Collect(ledger: viewer) { _ in usleep(2000) }, name: "viewer", capacity: 1, overflow: .dropOldest)
        try await pipeline.run()
        #expect(ledger.values.count == 300)
        #expect(viewer.values.last == 299)
        #expect(viewer.values == viewer.values.sorted())
        let statistics = try #require(pipeline.statistics.last)
        #expect(statistics.dropped > 0)
        #expect(statistics.items + statistics.dropped == 300)
    }

    @Test func aPortWithoutAConsumerHoldsNothingUp() async throws {
        _ = pipeline.source(Numbers(100), name: "count").then(Map { $0 }, name: "same")
        try await pipeline.run()
        #expect(pipeline.statistics.map(\.items) == [100, 100])
    }

    @Test func statisticsSayWhereTheTimeWent() async throws {
        pipeline.source(Numbers(20), name: "count")
            .then(
                Map {
                    usleep(5000); return $0
                }, name: "work"
            )
            .end(Collect(ledger: ledger), name: "collect")
        try await pipeline.run()
        let (count, work, collect) = (pipeline.statistics[0], pipeline.statistics[1], pipeline.statistics[2])
        #expect([count, work, collect].map(\.name) == ["count", "work", "collect"])
        #expect([count, work, collect].map(\.items) == [20, 20, 20])
        #expect([count, work, collect].map(\.depth) == [0, 0, 0])
        #expect(work.busy > .milliseconds(99))
        #expect(work.busyPerItem > .milliseconds(4))
        #expect(count.blocked > .milliseconds(50))
        #expect(collect.waiting > .milliseconds(50))
        #expect(collect.busy < work.busy)
    }

    @Test func theFirstErrorEndsEverythingAndEveryOtherSinkFinishes() async throws {
        let numbers = pipeline.source(Numbers(.max), name: "count")
        numbers.end(Collect(ledger: ledger), name: "sound")
        numbers.then(Map { if $0 == 10 { throw Broken() } else { $0 } }, name: "fail").end(
            Collect(ledger: Ledger()), name: "behind")
        await #expect(throws: Broken.self) { try await pipeline.run() }
        #expect(ledger.values == Array(0..<ledger.values.count))
        #expect(ledger.finishes == 1)
    }

    @Test func aSinkThatFailedIsNotFinished() async throws {
        pipeline.source(Numbers(.max), name: "count")
            .end(Collect(ledger: ledger) { if $0 == 3 { throw Broken() } }, name: "fail")
        await #expect(throws: Broken.self) { try await pipeline.run() }
        #expect(ledger.values == [0, 1, 2])
        #expect(ledger.finishes == 0)
    }

    @Test func aFailingSourceEndsThePipeline() async throws {
        struct Damaged: Source { func next() throws -> Int? { throw Broken() } }
        pipeline.source(Damaged(), name: "read").end(Collect(ledger: ledger), name: "collect")
        await #expect(throws: Broken.self) { try await pipeline.run() }
        #expect(ledger.finishes == 1)
    }

    @Test func workersAreGoneWhenTheRunIsOver() async throws {
        final class Handle: Sendable {}
        struct Holder: Sink { let handle: Handle; func receive(_ value: Int) {} }
        weak var handle: Handle?
        do {
            let strong = Handle()
            handle = strong
            pipeline.source(Numbers(10), name: "count").end(Holder(handle: strong), name: "hold")
        }
        #expect(handle != nil)
        try await pipeline.run()
        #expect(handle == nil)
    }

    @Test(arguments: 0..<20) func manyRunBesideEachOther(_ number: Int) async throws {
        pipeline.source(Numbers(500), name: "count").then(Map { $0 }, name: "same").end(Collect(ledger: ledger), name: "collect")
        try await pipeline.run()
        #expect(ledger.values.count == 500)
    }
}
