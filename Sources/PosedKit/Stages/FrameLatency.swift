import Flow
import Synchronization

/// How long frames take from being decoded to being recorded, the waiting between stages included. It holds no more than the
/// frames that are on their way.
final class FrameLatency: Sendable {
    private struct State {
        var since: [Int: ContinuousClock.Instant] = [:]
        var times = Histogram(bounds: Histogram.fine)
    }

    private let state = Mutex(State())

    /// In seconds.
    var times: Histogram { state.withLock { $0.times } }

    /// The frame of this number is decoded.
    func begin(_ index: Int) { state.withLock { $0.since[index] = .now } }

    /// Its record is written. A later revision does not count.
    func end(_ index: Int) {
        state.withLock { state in
            guard let since = state.since.removeValue(forKey: index) else { return }
            state.times.add((ContinuousClock.now - since) / .seconds(1))
        }
    }
}
