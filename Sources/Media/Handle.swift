import Synchronization

/// Lies in every owner of a C handle and counts those alive.
struct Handle: ~Copyable {
    /// The handles that one task has made; each Media test has its own and ends by checking that none is alive.
    final class Count: Sendable {
        @TaskLocal static var current = Count()

        private let handles = Atomic(0)

        var alive: Int { handles.load(ordering: .acquiring) }

        fileprivate func add() { handles.add(1, ordering: .relaxed) }
        fileprivate func subtract() { handles.subtract(1, ordering: .releasing) }
    }

    private let count = Count.current

    init() { count.add() }

    deinit { count.subtract() }
}
