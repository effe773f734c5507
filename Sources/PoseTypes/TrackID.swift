/// Who a person is within a session: counted from 1 and never given twice.
public struct TrackID: Sendable, Hashable, Comparable {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    /// A name that stays unique across streams and restarts: stream, session and number.
    public func uid(stream: String, session: String) -> String { "\(stream)-\(session)-\(number)" }

    public static func < (left: TrackID, right: TrackID) -> Bool { left.number < right.number }
}
