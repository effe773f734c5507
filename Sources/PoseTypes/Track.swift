/// What following a person adds to what the networks said.
public struct Track: Sendable, Equatable {
    public let id: TrackID
    public let firstSeen: Timestamp
    /// In the order of the skeleton's joints; empty until the pose is smoothed.
    public var joints: [Joint]

    public init(id: TrackID, firstSeen: Timestamp, joints: [Joint] = []) {
        self.id = id
        self.firstSeen = firstSeen
        self.joints = joints
    }

    /// Seconds since the person was first seen.
    public func age(at time: Timestamp) -> Double { time - firstSeen }
}

/// A birth or an end: a `track` line of the record stream.
public struct TrackEvent: Sendable, Hashable {
    public enum Kind: String, Sendable { case start, end }

    public let kind: Kind
    public let id: TrackID
    /// A start's first sighting, which lies before the frame that confirmed it; an end's last sighting.
    public let time: Timestamp

    public init(kind: Kind, id: TrackID, time: Timestamp) {
        self.kind = kind
        self.id = id
        self.time = time
    }
}
