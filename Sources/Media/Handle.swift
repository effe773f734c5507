import Synchronization

/// Lies in every owner of a C handle and counts those alive: each Media test ends by checking that none is.
struct Handle: ~Copyable {
    private static let count = Atomic(0)

    static var alive: Int { count.load(ordering: .acquiring) }

    init() { Self.count.add(1, ordering: .relaxed) }

    deinit { Self.count.subtract(1, ordering: .releasing) }
}
