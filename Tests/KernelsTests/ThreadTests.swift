import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Kernels

@Suite struct FormTests {
    /// `make test-kernels` names a form for each of its runs.
    @Test func theFormThatIsAskedForRuns() {
        print(
            "kernels: \(kernelSet), precisions: \(Precision.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", "))"
        )
        #expect(kernelProblem == nil)
        #expect(kernelSet == ProcessInfo.processInfo.environment["POSED_KERNELS"] ?? kernelSet)
    }
}

@Suite(.serialized) struct ThreadTests {
    @Test(arguments: [1, 2, 3, 7]) func everyIndexRunsOnce(_ threads: Int) {
        let before = ThreadBudget.threads
        defer { ThreadBudget.threads = before }
        ThreadBudget.threads = threads
        for count in [0, 1, 2, 5, 1000] {
            let runs = Mutex(Array(repeating: 0, count: count))
            parallel(count) { index in runs.withLock { $0[index] += 1 } }
            #expect(runs.withLock { $0.allSatisfy { $0 == 1 } })
        }
    }

    @Test func rangesCoverEverything() {
        let seen = Mutex(Set<Int>())
        parallel(103, by: 10) { range in
            #expect(range.count == (range.lowerBound == 100 ? 3 : 10))
            seen.withLock { $0.formUnion(range) }
        }
        #expect(seen.withLock { $0 } == Set(0..<103))
    }

    @Test func callsFromManyThreadsAndFromWithinDoNotMeet() {
        let total = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<200 {
                parallel(4) { _ in parallel(3) { _ in total.add(1, ordering: .relaxed) } }
            }
        }
        #expect(total.load(ordering: .relaxed) == 8 * 200 * 12)
    }
}
