/// A point on the media clock: nanoseconds since the stream's start.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    public init(seconds: Double) { self.nanoseconds = Int64((seconds * 1e9).rounded()) }

    public static let zero = Timestamp(nanoseconds: 0)

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }
    /// Seconds from `right` to `left`.
    public static func - (left: Timestamp, right: Timestamp) -> Double {
        Double(left.nanoseconds - right.nanoseconds) / 1e9
    }
}
