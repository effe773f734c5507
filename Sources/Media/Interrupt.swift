import Synchronization

/// Ends a blocked read from any thread. One stays interrupted for good.
public final class Interrupt: Sendable {
    private let flag = Atomic(false)

    public init() {}

    public var isInterrupted: Bool { flag.load(ordering: .relaxed) }

    public func interrupt() { flag.store(true, ordering: .relaxed) }
}
