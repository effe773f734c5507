/// When a live picture was taken, by which clock, and what was lost before it.
package struct Capture: Sendable, Equatable {
    /// What `unixNanoseconds` is taken from.
    package enum Clock: String, Sendable {
        /// The stream itself tells the time of day.
        case container
        /// The camera's RTCP sender reports.
        case rtcp
        /// When the picture arrived here.
        case arrival
    }

    /// Nanoseconds since 1970, UTC.
    package var unixNanoseconds: Int64
    package var clock: Clock
    /// How far the time may be off, in seconds.
    package var error: Double
    /// Frames that were dropped since the last record.
    package var dropped: Int
    /// Seconds from taking the picture to writing its record; nil until it is written.
    package var latency: Double?

    package init(unixNanoseconds: Int64, clock: Clock, error: Double, dropped: Int = 0, latency: Double? = nil) {
        self.unixNanoseconds = unixNanoseconds
        self.clock = clock
        self.error = error
        self.dropped = dropped
        self.latency = latency
    }
}
