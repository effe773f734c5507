import Synchronization

/// Ends a blocked read from any thread. One stays interrupted for good.
package final class Interrupt: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isInterrupted: Bool { flag.load(ordering: .relaxed) }

    package func interrupt() { flag.store(true, ordering: .relaxed) }
}
