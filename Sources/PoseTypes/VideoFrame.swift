/// One decoded picture of a stream.
public struct VideoFrame: Sendable, Equatable {
    /// Counts decoded frames from 0 within a session, dropped ones included.
    public let index: Int
    /// Presentation time, strictly increasing within a session.
    public let time: Timestamp
    /// Upright, with square pixels.
    public let image: Image
    /// Of a live frame; nil for one of a file.
    public let capture: Capture?

    public init(index: Int, time: Timestamp, image: Image, capture: Capture? = nil) {
        self.index = index
        self.time = time
        self.image = image
        self.capture = capture
    }
}
