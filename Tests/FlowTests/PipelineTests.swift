import Synchronization
import Foundation
import Testing
@testable import Flow

struct Count: Source {
    var i = 0; let n: Int; mutating func next() -> Int? { guard i < n else { return nil }; defer { i += 1 }; return i }
}
struct Double_: Stage { mutating func process(_ x: Int, emit: (Int) -> Void) { emit(x * 2) } }
struct Slow: Stage { mutating func process(_ x: Int, emit: (Int) -> Void) { usleep(2000); emit(x) } }
struct Fail: Stage {
    struct E: Error {}; var n = 0;
    mutating func process(_ x: Int, emit: (Int) -> Void) throws { n += 1; if n == 10 { throw E() }; emit(x) }
}
final class Box: Sendable { let v = Mutex([Int]()); let done = Mutex(0) }
struct Collect: Sink {
    let box: Box; mutating func receive(_ x: Int) { box.v.withLock { $0.append(x) } };
    mutating func finish() { box.done.withLock { $0 += 1 } }
}

@Suite(.timeLimit(.minutes(1))) struct PipelineTests {
    @Test func keepsOrderAndLosesNothing() async throws {
        let p = Pipeline(label: "t"), box = Box()
        p.source(Count(n: 5000), name: "src").then(Double_(), name: "x2").then(Double_(), name: "x4").end(
            Collect(box: box), name: "sink")
        try await p.finished()
        #expect(box.v.withLock { $0 } == (0..<5000).map { $0 * 4 })
        #expect(box.done.withLock { $0 } == 1)
    }
    @Test func liveKeepsTheNewest() async throws {
        let p = Pipeline(label: "t"), box = Box()
        p.source(Count(n: 5000), name: "src", capacity: 1, overflow: .dropOldest).then(Slow(), name: "slow").end(
            Collect(box: box), name: "sink")
        try await p.finished()
        let got = box.v.withLock { $0 }
        #expect(got.count < 5000)
        #expect(got.last == 4999)
        #expect(got == got.sorted())
    }
    @Test func aFailureInTheMiddleEndsEverything() async throws {
        let p = Pipeline(label: "t"), box = Box()
        p.source(Count(n: 1_000_000), name: "src").then(Fail(), name: "fail").end(Collect(box: box), name: "sink")
        await #expect(throws: Fail.E.self) { try await p.finished() }
    }
    @Test func stopDrains() async throws {
        let p = Pipeline(label: "t"), box = Box()
        p.source(Count(n: .max), name: "src").then(Slow(), name: "slow").end(Collect(box: box), name: "sink")
        try await Task.sleep(for: .milliseconds(50))
        p.stop()
        try await p.finished()
        let got = box.v.withLock { $0 }
        #expect(got == Array(0..<got.count))
        #expect(box.done.withLock { $0 } == 1)
    }
    @Test func splitsWithoutLettingASlowViewerBlock() async throws {
        let p = Pipeline(label: "t"), a = Box(), b = Box()
        let ports = p.source(Count(n: 300), name: "src").split([.wait, .dropOldest], capacity: 1)
        ports[0].end(Collect(box: a), name: "file")
        ports[1].then(Slow(), name: "slow").end(Collect(box: b), name: "viewer")
        try await p.finished()
        #expect(a.v.withLock { $0.count } == 300)
        #expect(b.v.withLock { $0.last } == 299)
    }
    @Test(arguments: 0..<20) func manyAtOnce(_ i: Int) async throws {
        let p = Pipeline(label: "t\(i)"), box = Box()
        p.source(Count(n: 500), name: "src").then(Double_(), name: "a").then(Double_(), name: "b").then(Double_(), name: "c").end(
            Collect(box: box), name: "sink")
        try await p.finished()
        #expect(box.v.withLock { $0.count } == 500)
    }
}
