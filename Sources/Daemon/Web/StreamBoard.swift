import Delivery
import Flow
import Logging
import PoseTypes
import Synchronization

/// The streams that clients of the web server may see, by their names.
package final class StreamBoard: Sendable {
    private struct State {
        var isReady = false
        var channels: [String: StreamChannel] = [:]
    }

    private let showsPixels: Bool
    private let state = Mutex(State())

    /// - Parameter showsPixels: otherwise no picture ever leaves, only what was found in it.
    package init(showsPixels: Bool = true) { self.showsPixels = showsPixels }

    /// Every pipeline file was understood, and the networks are loaded.
    func ready() { state.withLock { $0.isReady = true } }

    var isReady: Bool { state.withLock { $0.isReady } }

    var channels: [StreamChannel] { state.withLock { $0.channels.values.sorted { $0.name < $1.name } } }

    subscript(name: String) -> StreamChannel? { state.withLock { $0.channels[name] } }

    /// That of a stream of this name: the one that is there, so that its clients stay when the stream begins anew.
    func channel(of name: String) -> StreamChannel {
        state.withLock { state in
            if let channel = state.channels[name] { return channel }
            let channel = StreamChannel(name: name, showsPixels: showsPixels)
            state.channels[name] = channel
            return channel
        }
    }

    /// Ends the channels of all other streams.
    func keep(_ names: Set<String>) {
        let gone = state.withLock { state in
            let gone = state.channels.filter { !names.contains($0.key) }
            for name in gone.keys { state.channels[name] = nil }
            return gone.values
        }
        for channel in gone { channel.end() }
    }

    /// Whether every stream turns over.
    func isTurning(at now: ContinuousClock.Instant) -> Bool {
        channels.allSatisfy { $0.status?.isTurning(at: now) ?? true }
    }
}

/// One stream as the web server's clients see it. It outlives the stream's pipelines.
final class StreamChannel: Sendable {
    let name: String
    let records = RecordHistory()
    /// Nil where no pictures are shown.
    let preview: Preview?
    private let state = Mutex<StreamStatus?>(nil)

    init(name: String, showsPixels: Bool) {
        self.name = name
        preview = showsPixels ? Preview() : nil
    }

    var status: StreamStatus? { state.withLock { $0 } }

    func begin(_ status: StreamStatus) { state.withLock { $0 = status } }

    /// Adds what clients are fed from to a pipeline. Neither of the two ever holds it up.
    ///
    /// - Parameters:
    ///   - records: items without their pictures, for hundreds may wait.
    ///   - pictures: the same items with them.
    func show(records items: Pipeline.Port<StreamItem>, pictures: Pipeline.Port<StreamItem>, logger: Logger) throws {
        let report = SinkReport(name: "http")
        items.end(
            try DeliverRecords(report: report, logger: logger) { [records] in records }, name: report.name, capacity: 256,
            overflow: .dropOldest)
        if let preview {
            pictures.end(ShowPreview(preview), name: "preview", capacity: 1, overflow: .dropOldest)
        }
    }

    func end() {
        records.end()
        preview?.end()
    }
}
