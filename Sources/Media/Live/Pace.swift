import PoseTypes

/// Holds pictures back until their time has come, for sources that give them faster than they are shown.
struct Pace {
    private var anchor: Int64?

    /// Sleeps until the picture of `time` is due. A source that fell behind goes on from there instead of catching up.
    mutating func wait(for time: Timestamp, _ interrupt: Interrupt) {
        let now = monotonicTime()
        let due = (anchor ?? now) + time.nanoseconds
        if anchor == nil || now - due > 500_000_000 {
            anchor = now - time.nanoseconds
        } else {
            interrupt.sleep(until: due)
        }
    }
}
