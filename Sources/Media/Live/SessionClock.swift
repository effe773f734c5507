internal import CFFmpeg
import PoseTypes

/// Joins the times of one connection after another into one clock that strictly increases, in steps of a millisecond at least.
/// It never leaves 64 bits: where times would carry it farther than a time may be (`AVRational.farthest`), it goes on in such
/// steps.
struct SessionClock {
    /// A camera's time may run ahead of ours by this many nanoseconds (what a server has kept is sent at once); more is a leap.
    private static let lead: Int64 = 5_000_000_000

    private var offset: Int64 = 0
    private var last: (time: Int64, now: Int64)?
    /// The first picture of a connection comes so many nanoseconds after the last one's; nil for by the time gone by.
    private var gap: Int64?
    private var isFirst = true
    /// The time and the moment of that first picture.
    private var anchor: (time: Int64, now: Int64) = (0, 0)

    mutating func reconnect(gap: Int64?) { (isFirst, self.gap) = (true, gap) }

    /// The session's time of a picture with the connection's time `time`. `isLive`: it cannot run ahead of ours for long.
    mutating func next(_ time: Timestamp, now: Int64, isLive: Bool) -> Timestamp {
        if isFirst {
            anchor = (last.map { min($0.time + (gap ?? now - $0.now), AVRational.farthest) } ?? 0, now)
            (isFirst, offset) = (false, anchor.time - time.nanoseconds)
        }
        var next = min(time.nanoseconds + offset, AVRational.farthest)
        let expected = anchor.time + now - anchor.now
        if isLive, next - expected > Self.lead {
            offset += expected - next
            next = expected
        }
        if let last, next < last.time + 1_000_000 {
            // What leaps back goes on from here.
            if last.time - next > 1_000_000_000 { offset += last.time + 1_000_000 - next }
            next = last.time + 1_000_000
        }
        last = (next, now)
        return Timestamp(nanoseconds: next)
    }
}
