import Basics
import PoseTypes

/// One line of a `posed/1` stream.
package enum Record: Sendable, Equatable {
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
package struct TrackRecord: Sendable, Equatable {
    package var event: TrackEvent.Kind
    package var id: TrackID
    /// Unique across sessions and streams.
    package var uid: String
    package var time: Timestamp

    package init(event: TrackEvent.Kind, id: TrackID, uid: String, time: Timestamp) {
        self.event = event
        self.id = id
        self.uid = uid
        self.time = time
    }
}

/// A stretch of media time without frames.
package struct GapRecord: Sendable, Equatable {
    package var from: Timestamp
    package var to: Timestamp
    /// One word, for example `reconnect`.
    package var reason: String

    package init(from: Timestamp, to: Timestamp, reason: String) {
        self.from = from
        self.to = to
        self.reason = reason
    }
}
