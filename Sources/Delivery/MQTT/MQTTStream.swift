import Basics
import Glibc
import Records
import Synchronization

/// One stream at a broker.
///
///     posed/NAME/poses     the records, a line a message; the header is retained, so every subscriber gets it first
///     posed/NAME/count     how many people are followed; retained, sent when it changes
///     posed/NAME/status    what state the source is in, since when and why; retained
///
/// Nothing here waits for the broker. What is retained is a state: only its newest value is kept, and said again after every
/// connect. Records are events: while the broker is away or slow they queue up, then the oldest make way, are counted, and
/// told in a `lost` line.
package final class MQTTStream: RecordSink, Sendable {
    package struct Options: Sendable, Hashable {
        /// The QoS of records: 0, 1 or 2. What is retained is always sent with 1.
        package var quality = 0
        /// How many frames may wait for the broker.
        package var queue = 256
        /// Whether Home Assistant is told what there is to find.
        package var isDiscoverable = false

        package init() {}
    }

    private struct State {
        /// Read and not published yet; without newlines.
        var lines: ArraySlice<ArraySlice<UInt8>> = []
        var header: [UInt8] = []
        /// The state of the source.
        var status = ""
        var retained: [String: [UInt8]] = [:]
        /// Topics of `retained` that the broker has to be told of.
        var stale: [String] = []
    }

    private let connection: MQTTConnection
    private let topic: String
    private let quality: Int
    private let history: RecordHistory
    private let reading: RecordReading
    private let state = Mutex(State())

    /// Joins the connection with the broker; leaves it when it finishes, or is let go of.
    ///
    /// - Parameters:
    ///   - name: of the stream, without a slash.
    ///   - version: of posed, to be shown by Home Assistant.
    package init(
        _ name: String, at broker: MQTTBroker, of brokers: MQTTBrokers, options: Options = Options(), version: String = ""
    ) {
        connection = brokers.connection(with: broker, for: name)
        topic = "\(broker.prefix)/\(name)"
        quality = options.quality
        history = RecordHistory(capacity: max(1, options.queue))
        reading = history.read { [connection] in connection.wake() }
        if options.isDiscoverable {
            for entity in HomeAssistantEntity.all(of: name, at: broker, by: connection.instance, version: version) {
                retain(entity.configuration, at: entity.topic)
            }
        }
        connection.join(self)
    }

    deinit { connection.leave(ObjectIdentifier(self)) }

    package func header(_ line: [UInt8]) {
        state.withLock { $0.header = line }
        history.header(line)
    }

    package func records(_ lines: [UInt8]) {
        history.records(lines)
    }

    package func people(_ count: Int) { retain(Array(String(count).utf8), at: "\(topic)/count") }

    /// Says in which state the source is from now on, and why.
    package func status(_ name: String, reason: String? = nil) {
        var text = TextBytes(capacity: 100)
        text.raw(#"{"state":"#)
        text.string(name)
        text.raw(#","since":"#)
        text.string(UTC.text(UTC.now()))
        if let reason {
            text.raw(#","reason":"#)
            text.string(reason)
        }
        text.raw("}")
        state.withLock { $0.status = name }
        retain(text.bytes, at: "\(topic)/status")
    }

    /// Records that were never published.
    package var lost: Int { reading.lost }

    /// Says that the source has ended; gives a broker that is there a second to take what is left, and three to hear the farewell.
    package func finish() {
        if state.withLock({ $0.status }) != "ended" { status("ended") }
        for _ in 0..<100 where connection.isConnected && !isPublished { usleep(10_000) }
        connection.leave(ObjectIdentifier(self))
        for _ in 0..<300 where connection.isConnected && connection.isAbandoned { usleep(10_000) }
    }

    var isPublished: Bool {
        state.withLock { $0.stale.isEmpty && $0.lines.isEmpty && reading.isUpToDate }
    }

    private func retain(_ payload: [UInt8], at topic: String) {
        let isNew = state.withLock { state in
            if state.retained[topic] == payload { return false }
            state.retained[topic] = payload
            if !state.stale.contains(topic) { state.stale.append(topic) }
            return true
        }
        if isNew { connection.wake() }
    }
}

/// The connection's side.
extension MQTTStream {
    func repeatRetained() { state.withLock { $0.stale = $0.retained.keys.sorted() } }

    /// What is to be published next.
    func next() -> MQTTMessage? {
        state.withLock { state in
            if !state.stale.isEmpty {
                let topic = state.stale.removeFirst()
                return MQTTMessage(topic: topic, payload: state.retained[topic] ?? [])
            }
            if state.lines.isEmpty, case .lines(let lines, _, _) = reading.next() {
                let poses = "\(topic)/poses"
                if lines == state.header {
                    state.retained[poses] = lines.dropLast()
                    return MQTTMessage(topic: poses, payload: lines.dropLast())
                }
                state.lines = lines.split(separator: UInt8(ascii: "\n"))[...]
            }
            return state.lines.popFirst().map {
                MQTTMessage(topic: "\(topic)/poses", payload: Array($0), quality: quality, isRetained: false)
            }
        }
    }
}
