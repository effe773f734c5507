/// All people in one frame: what a record of the stream holds.
package struct PoseFrame: Sendable, Equatable {
    package let index: Int
    package let time: Timestamp
    package var people: [Person]
    /// Births and ends of tracks that this frame brought.
    package var events: [TrackEvent]
    /// 0 for what was known at once; 1 for the same frame again, smoothed with what came after it.
    package var revision: Int
    /// When a live frame was captured; nil for a file.
    package var capture: Capture?
    /// How the camera moved since the frame before.
    package var camera: CameraMotion

    package init(
        index: Int, time: Timestamp, people: [Person], events: [TrackEvent] = [], revision: Int = 0, capture: Capture? = nil,
        camera: CameraMotion = .none
    ) {
        self.index = index
        self.time = time
        self.people = people
        self.events = events
        self.revision = revision
        self.capture = capture
        self.camera = camera
    }
}
