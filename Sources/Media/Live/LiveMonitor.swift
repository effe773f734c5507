import Basics
import Synchronization

/// Keeps the status of a live source, readable from any thread, and tells of its changes.
package final class LiveMonitor: Sendable {
    private struct Rate {
        /// Nil until a connection gives its first picture.
        var began: Int64?
        var count = 0
    }

    private let current = Mutex((status: LiveStatus(), rate: Rate()))
    private let onEvent: @Sendable (LiveEvent) -> Void
    private let turned = Atomic(monotonicTime())

    init(onEvent: @escaping @Sendable (LiveEvent) -> Void) { self.onEvent = onEvent }

    package var status: LiveStatus { current.withLock { $0.status } }

    /// How long ago the reader last made progress: gave a picture, was called, or waited for the network. If it grows, either
    /// the pipeline asks for no pictures, or the reader hangs.
    package var idle: Duration { .nanoseconds(monotonicTime() - turned.load(ordering: .relaxed)) }

    func turn() { turned.store(monotonicTime(), ordering: .relaxed) }

    func tell(_ event: LiveEvent) {
        current.withLock { current in
            let state: LiveStatus.State =
                switch event {
                case .connecting: .connecting
                case .live, .changed: .live
                case .stalled: .stalled
                case .lost: .waiting
                case .ended: .ended
                }
            if state != current.status.state || current.status.since == 0 { current.status.since = unixTime() }
            current.status.state = state
            switch event {
            case .live(let info):
                current.status.connects += 1
                current.status.info = info
                current.rate = Rate(began: monotonicTime(), count: 0)
            case .changed(let info): current.status.info = info
            case .stalled: current.status.stalls += 1
            case .lost(let reason, _):
                current.status.lastError = reason
                (current.status.frameRate, current.rate.began) = (nil, nil)
            case .connecting, .ended: break
            }
        }
        onEvent(event)
    }

    /// After each picture: what the connection has counted since the last.
    func note(_ counts: LiveConnection.Counts, format: String) {
        current.withLock { current in
            // What stalled goes on.
            if current.status.state == .stalled { (current.status.state, current.status.since) = (.live, unixTime()) }
            current.status.format = format
            current.status.decoded += counts.decoded
            current.status.damaged += counts.damaged
            current.status.lostPackets += counts.lostPackets
            current.status.decodeSeconds += counts.decodeSeconds
            current.rate.count += counts.decoded
            let now = monotonicTime()
            if let began = current.rate.began, now - began > 2_000_000_000 {
                current.status.frameRate = Double(current.rate.count) * 1e9 / Double(now - began)
                current.rate = Rate(began: now, count: 0)
            }
        }
    }
}
