import PoseTypes

/// Joins the times of one connection after another into one clock that strictly increases.
struct SessionClock {
    /// A camera's time may run ahead of ours by this many nanoseconds (what a server has kept is sent at once); more is a leap.
    private static let lead: Int64 = 5_000_000_000

    private var offset: Int64 = 0
    private var last: (time: Int64, now: Int64)?
    private var isFirst = true
    /// The time and the moment from which the connection is counted.
    private var anchor: (time: Int64, now: Int64) = (0, 0)

    /// A new connection: its first picture comes `gap` nanoseconds after the last one's, or by the time gone by.
    mutating func reconnect(gap: Int64?, now: Int64) {
        guard let last else { return }
        isFirst = true
        anchor = (last.time + max(gap ?? now - last.now, 1_000_000), now)
    }

    /// The session's time of a picture with the connection's time `time`. `isLive`: it cannot run ahead of ours for long.
    mutating func next(_ time: Timestamp, now: Int64, isLive: Bool) -> Timestamp {
        if isFirst {
            (isFirst, offset) = (false, anchor.time - time.nanoseconds)
            anchor.now = now
        }
        var next = time.nanoseconds + offset
        let expected = anchor.time + now - anchor.now
        if isLive, next - expected > Self.lead {
            offset += expected - next
            next = expected
        }
        if let last { next = max(next, last.time + 1_000_000) }
        last = (next, now)
        return Timestamp(nanoseconds: next)
    }
}
