/// What following a person adds to what the networks said.
package struct Track: Sendable, Equatable {
    package let id: TrackID
    package let firstSeen: Timestamp
    /// In the order of the skeleton's joints; empty until the pose is smoothed.
    package var joints: [SmoothedKeypoint]

    package init(id: TrackID, firstSeen: Timestamp, joints: [SmoothedKeypoint] = []) {
        self.id = id
        self.firstSeen = firstSeen
        self.joints = joints
    }

    /// Seconds since the person was first seen.
    package func age(at time: Timestamp) -> Double { time - firstSeen }
}

/// A birth, an end or a return: a `track` line of the record stream.
package struct TrackEvent: Sendable, Hashable {
    /// Who ended may return: is known again, by the looks.
    package enum Kind: String, Sendable { case start, end, `return` }

    package let kind: Kind
    package let id: TrackID
    /// The first sighting of a start or a return, which lies before the frame that confirmed it; an end's last sighting.
    package let time: Timestamp

    package init(kind: Kind, id: TrackID, time: Timestamp) {
        self.kind = kind
        self.id = id
        self.time = time
    }
}
