/// Everybody in one frame: what a record of the stream holds.
public struct PoseFrame: Sendable, Equatable {
    public let index: Int
    public let time: Timestamp
    public var people: [Person]
    /// Births and ends of tracks that this frame brought.
    public var events: [TrackEvent]
    /// 0 for what was known at once; 1 for the same frame again, smoothed with what came after it.
    public var revision: Int
    /// Of a live frame; nil for one of a file.
    public var capture: Capture?

    public init(
        index: Int, time: Timestamp, people: [Person], events: [TrackEvent] = [], revision: Int = 0, capture: Capture? = nil
    ) {
        self.index = index
        self.time = time
        self.people = people
        self.events = events
        self.revision = revision
        self.capture = capture
    }
}
