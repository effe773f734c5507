/// Who a person is within a session: counted from 1, and given to one person only.
package struct TrackID: Sendable, Hashable, Comparable {
    package let number: Int

    package init(_ number: Int) { self.number = number }

    /// A name that stays unique across streams and restarts: stream, session and number.
    package func uid(stream: String, session: String) -> String { "\(stream)-\(session)-\(number)" }

    package static func < (left: TrackID, right: TrackID) -> Bool { left.number < right.number }
}
