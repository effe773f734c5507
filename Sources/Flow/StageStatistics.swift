import Synchronization

/// What a stage has done so far. Its times add up to its life: a thread works, waits or is blocked.
package struct StageStatistics: Sendable, Equatable {
    /// Where in a pipeline it stands.
    package enum Role: Sendable { case source, stage, sink }

    package let name: String
    package let role: Role
    /// Values that it has worked on, or read if it is a source.
    package var items = 0
    /// Spent in its own code.
    package var busy = Duration.zero
    /// Spent waiting for a value.
    package var waiting = Duration.zero
    /// Time spent waiting for room in the next queue.
    package var blocked = Duration.zero
    /// Values in the queue before it.
    package var depth = 0
    /// Values that the queue before it has thrown away.
    package var dropped = 0
    /// How long it worked on each value.
    package var times = Histogram()
    /// The same, finely: for medians.
    package var fineTimes = Histogram(bounds: Histogram.fine)
    /// Since when it has been in its own code; nil while it waits or is blocked.
    package var busySince: ContinuousClock.Instant?

    package init(name: String, role: Role = .stage) {
        self.name = name
        self.role = role
    }

    /// Mean time spent on one value.
    package var busyPerItem: Duration { items == 0 ? .zero : busy / items }
}

/// Keeps the time of one thread's work; read from any thread.
package final class StageMeter: Sendable {
    /// What a thread is doing.
    enum Activity: Sendable { case busy, waiting, blocked }

    private struct Record {
        var statistics: StageStatistics
        var activity: Activity?
        var since = ContinuousClock.now
        /// Spent on the value that it works on.
        var spent = Duration.zero
    }

    private let record: Mutex<Record>

    package init(name: String, role: StageStatistics.Role = .stage) {
        record = Mutex(Record(statistics: StageStatistics(name: name, role: role)))
    }

    package var statistics: StageStatistics {
        record.withLock { record in
            var statistics = record.statistics
            statistics.busySince = record.activity == .busy ? record.since : nil
            return statistics
        }
    }

    /// Counts one item whose work is `body`: for a part of a stage.
    package func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
        enter(.busy)
        defer { enter(nil, items: 1) }
        return try body()
    }

    /// The time since the last call belonged to what was entered then.
    func enter(_ activity: Activity?, items: Int = 0) {
        record.withLock { record in
            let now = ContinuousClock.now
            let spent = now - record.since
            switch record.activity {
            case .busy:
                record.statistics.busy += spent
                record.spent += spent
            case .waiting: record.statistics.waiting += spent
            case .blocked: record.statistics.blocked += spent
            case nil: break
            }
            if items > 0 {
                record.statistics.items += items
                record.statistics.times.add(record.spent / .seconds(1))
                record.statistics.fineTimes.add(record.spent / .seconds(1))
                record.spent = .zero
            }
            record.activity = activity
            record.since = now
        }
    }
}
