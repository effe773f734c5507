import Synchronization

/// What a sink has done so far; any thread reads it.
final class SinkReport: Sendable {
    struct Counts: Equatable {
        /// Records that the sink took.
        var records = 0
        /// Records that it did not take: it was slow, or away.
        var lost = 0
        var failures = 0
    }

    /// The name in the pipeline file.
    let name: String
    private let state = Mutex(Counts())

    init(name: String) { self.name = name }

    var counts: Counts { state.withLock { $0 } }

    func update(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }
}
