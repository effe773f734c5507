public import PoseTypes

/// One line of a `posed/1` stream.
public enum Record: Sendable, Equatable {
    case header(StreamHeader)
    case frame(PoseFrame)
    case track(TrackRecord)
    case gap(GapRecord)
    /// A reader that was too slow missed so many records here.
    case lost(records: Int)
    /// A type that a later version of posed added: pass `line` (without its newline) on as it is, or ignore it.
    case unknown(type: String, line: [UInt8])
}

/// A person came or went.
public struct TrackRecord: Sendable, Equatable {
    public var event: TrackEvent.Kind
    public var id: TrackID
    /// Unique across sessions and streams.
    public var uid: String
    public var time: Timestamp

    public init(event: TrackEvent.Kind, id: TrackID, uid: String, time: Timestamp) {
        self.event = event
        self.id = id
        self.uid = uid
        self.time = time
    }
}

/// A stretch of media time without frames.
public struct GapRecord: Sendable, Equatable {
    public var from: Timestamp
    public var to: Timestamp
    /// One word, for example `reconnect`.
    public var reason: String

    public init(from: Timestamp, to: Timestamp, reason: String) {
        self.from = from
        self.to = to
        self.reason = reason
    }
}
