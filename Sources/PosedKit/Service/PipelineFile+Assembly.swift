import Delivery
import Flow
import Media
import PoseTypes

extension PipelineFile.Source {
    /// What waits between reading and following. Only here are pictures dropped, before a network has spent time on them.
    var queue: (capacity: Int, overflow: Overflow) {
        switch policy {
        case .latest: (1, .dropOldest)
        // A rate that is not known is taken for 30 a second. Decoded pictures wait, so not even an hour's worth may.
        case .all where isLive:
            (min(max(1, Int(saturating: maxDelay * (options.rate ?? 30))), Self.mostWaiting), .dropOldest)
        case .all: (2, .wait)
        }
    }

    /// Pictures: 900 MB of 1920x1080.
    private static let mostWaiting = 300

    /// What comes back: trouble with it is waited out. A file that cannot be read stays as it is.
    var isCamera: Bool {
        switch input {
        case .url, .device: true
        case .file, .folder, .standardInput: false
        }
    }
}

extension PipelineFile.Sink {
    /// In logs and counts.
    var name: String {
        switch self {
        case .file(let file): file.path
        case .standardOutput: "stdout"
        case .socket(let socket): socket.path
        case .mqtt(let mqtt): "\(mqtt.broker)"
        case .overlay(let overlay): overlay.path
        }
    }

    /// How it is opened, and who there wants to know what happens to the source.
    struct Opening {
        var open: @Sendable () throws -> any RecordOutlet
        var note: @Sendable (LiveEvent) -> Void = { _ in }
    }

    /// Nil for what takes no records.
    func opening(for stream: String, at brokers: MQTTBrokers) -> Opening? {
        switch self {
        case .file(let file): return Opening { try RotatingFile(path: file.path, policy: file.policy) }
        case .standardOutput: return Opening { try JSONLinesWriter(path: "-") }
        case .socket(let socket): return Opening { try RecordSocket(path: socket.path, capacity: socket.queue) }
        case .mqtt(let mqtt):
            let published = MQTTStream(stream, at: mqtt.broker, of: brokers, options: mqtt.options, version: posedVersion)
            return Opening(open: { published }, note: published.note)
        case .overlay: return nil
        }
    }
}

extension MQTTStream {
    /// Publishes the state that the source is in from then on, by the names of `LiveStatus`.
    func note(_ event: LiveEvent) {
        switch event {
        case .connecting: status(LiveStatus.State.connecting.rawValue)
        case .live: status(LiveStatus.State.live.rawValue)
        case .changed: break
        case .stalled: status(LiveStatus.State.stalled.rawValue)
        case .lost(let reason, _): status(LiveStatus.State.waiting.rawValue, reason: reason)
        case .ended: status(LiveStatus.State.ended.rawValue)
        }
    }
}
