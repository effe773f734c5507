/// One decoded picture of a stream.
package struct VideoFrame: Sendable, Equatable {
    /// Counts decoded frames from 0 within a session, dropped ones included.
    package let index: Int
    /// Presentation time, strictly increasing within a session.
    package let time: Timestamp
    /// Upright, with square pixels.
    package let image: Image
    /// When a live frame was captured; nil for a file.
    package let capture: Capture?

    package init(index: Int, time: Timestamp, image: Image, capture: Capture? = nil) {
        self.index = index
        self.time = time
        self.image = image
        self.capture = capture
    }
}
