import PoseTypes

/// Holds pictures back until their time has come, for sources that give them faster than they are shown.
struct Pace {
    /// A picture due later than in so many nanoseconds lies behind a leap in time, which is not waited out.
    private static let longestWait: Int64 = 60_000_000_000

    /// The monotonic clock at time 0.
    private var anchor: Int64?

    /// Sleeps until the picture of `time` is due. A source that fell behind goes on from there instead of catching up, and so
    /// does one whose times leap ahead.
    mutating func wait(for time: Timestamp, _ interrupt: Interrupt) {
        let now = monotonicTime()
        let due = (anchor ?? now) + time.nanoseconds
        if anchor == nil || now - due > 500_000_000 || due - now > Self.longestWait {
            anchor = now - time.nanoseconds
        } else {
            interrupt.sleep(until: due)
        }
    }
}
