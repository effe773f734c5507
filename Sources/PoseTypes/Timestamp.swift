import Basics

/// A point on the media clock: nanoseconds since the stream's start.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    /// Rounded to nanoseconds; seconds beyond ±292 years become the nearest end of the range, NaN becomes zero.
    package init(seconds: Double) { self.nanoseconds = Int64(saturating: (seconds * 1e9).rounded()) }

    /// Nanoseconds, 73 years: no time of a stream lies farther from zero, so that differences of times are times. What comes with
    /// another one is not believed where it comes in; records hold none, and readers refuse it.
    package static let farthest: Int64 = 1 << 61

    /// The nearest time that a stream may have.
    package var bounded: Timestamp { Timestamp(nanoseconds: min(max(nanoseconds, -Self.farthest), Self.farthest)) }

    package static let zero = Timestamp(nanoseconds: 0)

    package var seconds: Double { Double(nanoseconds) / 1e9 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }
    /// Seconds from `right` to `left`; to the nanosecond where the difference fits into 292 years.
    package static func - (left: Timestamp, right: Timestamp) -> Double {
        let (difference, isTooLarge) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return isTooLarge ? left.seconds - right.seconds : Double(difference) / 1e9
    }
}
