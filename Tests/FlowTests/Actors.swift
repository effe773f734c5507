import Dispatch
import Synchronization

@testable import Flow

/// Gives 0, 1, 2, … up to `limit`.
struct Numbers: Source {
    var count = 0
    let limit: Int

    init(_ limit: Int) { self.limit = limit }

    mutating func next() -> Int? {
        guard count < limit else { return nil }
        defer { count += 1 }
        return count
    }
}

/// Never gives anything: its `next` returns once it is interrupted.
struct Silence: Source {
    struct Interrupted: Error {}
    private let gate = DispatchSemaphore(value: 0)

    func next() throws -> Int? {
        gate.wait()
        throw Interrupted()
    }

    var interrupt: @Sendable () -> Void { { [gate] in gate.signal() } }
}

struct Map: Stage {
    let transform: @Sendable (Int) throws -> Int

    func process(_ value: Int, emit: (Int) -> Void) throws { emit(try transform(value)) }
}

/// Hands out the sum when the input ends.
struct Sum: Stage {
    var sum = 0

    mutating func process(_ value: Int, emit: (Int) -> Void) { sum += value }
    mutating func finish(emit: (Int) -> Void) { for value in [sum, -1, -2, -3] { emit(value) } }
}

/// What a sink received: the test keeps it when the sink is gone.
final class Ledger: Sendable {
    private let state = Mutex<(values: [Int], finishes: Int)>(([], 0))

    var values: [Int] { state.withLock { $0.values } }
    var finishes: Int { state.withLock { $0.finishes } }

    func note(_ value: Int) { state.withLock { $0.values.append(value) } }
    func noteFinish() { state.withLock { $0.finishes += 1 } }
}

struct Collect: Sink {
    let ledger: Ledger
    var before: @Sendable (Int) throws -> Void = { _ in }

    func receive(_ value: Int) throws {
        try before(value)
        ledger.note(value)
    }

    func finish() { ledger.noteFinish() }
}
