import Flow
import Media
import PoseTypes
import PosedKit
import Synchronization

/// How one stream of the daemon is doing, readable from any thread.
final class StreamStatus: Sendable {
    struct Counts: Sendable {
        /// Frames that were looked at.
        var frames = 0
        /// Frames that were not: others were newer.
        var dropped = 0
        /// In the last frame that was looked at.
        var people = 0
        /// Times that the pipeline had to begin anew.
        var restarts = 0
        /// Seconds from taking the last picture to knowing who is in it.
        var latency: Double?
        /// The latency of all frames.
        var latencies = Histogram()
    }

    private struct State {
        var counts = Counts()
        var pipeline: Pipeline?
        var monitor: LiveMonitor?
        var sinks: [SinkReport] = []
    }

    let name: String
    /// What is done to a frame after it was read, one after the other.
    let meters = TrackPeople.Meters()
    /// Nothing takes so long but what hangs: a name server may take half of it.
    private static let patience = Duration.seconds(60)
    private let state = Mutex(State())

    init(name: String) { self.name = name }

    var counts: Counts { state.withLock { $0.counts } }
    /// How the source is doing; nil before it was opened.
    var source: LiveStatus? { state.withLock { $0.monitor }?.status }
    var stages: [StageStatistics] { state.withLock { $0.pipeline }?.statistics ?? [] }
    var steps: [StageStatistics] { meters.statistics }
    var sinks: [SinkReport] { state.withLock { $0.sinks } }

    /// Whether the loops of reading and following still turn over, whatever the camera does.
    func isTurning(at now: ContinuousClock.Instant) -> Bool {
        let (monitor, stages) = state.withLock { ($0.monitor, $0.pipeline?.statistics ?? []) }
        // Sinks do not count: one may wait for its reader, and does no harm.
        for stage in stages where stage.role != .sink {
            guard let since = stage.busySince, now - since > Self.patience else { continue }
            if stage.role != .source || monitor.map({ $0.idle > Self.patience }) ?? true { return false }
        }
        return true
    }

    func note(_ change: (inout Counts) -> Void) { state.withLock { change(&$0.counts) } }

    func begin(_ pipeline: Pipeline, source: LiveMonitor, sinks: [SinkReport]) {
        state.withLock { state in
            if state.pipeline != nil { state.counts.restarts += 1 }
            (state.pipeline, state.monitor, state.sinks) = (pipeline, source, sinks)
        }
    }
}
