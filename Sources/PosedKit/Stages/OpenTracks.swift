import Delivery
import PoseTypes
import Records
import Settings

/// Keeps the open tracks of a record stream, so that every track whose start was written also gets an end.
package struct OpenTracks {
    private let header: StreamHeader
    /// When those who have not ended were last seen.
    private var present: [TrackID: Timestamp] = [:]

    package init(of header: StreamHeader) { self.header = header }

    package mutating func note(_ poses: PoseFrame) {
        guard poses.revision == 0 else { return }
        for id in poses.people.compactMap(\.track?.id) { present[id] = poses.time }
        for event in poses.events where event.kind == .end { present[event.id] = nil }
    }

    /// The ends that are missing, the oldest person's first.
    package var endings: [TrackRecord] {
        present.sorted { $0.key < $1.key }.map { id, time in
            TrackRecord(event: .end, id: id, uid: id.uid(stream: header.stream, session: header.session), time: time)
        }
    }
}
