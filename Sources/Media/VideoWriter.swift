public import PoseTypes

/// Writes H.264 in mp4 with the times it is given.
public final class VideoWriter {
    public init(path: String, width: Int, height: Int, frameRate: Double?) throws(MediaError) {
        throw MediaError(.cannotCreate, "\(path): writing lands shortly")
    }

    /// Times must increase.
    public func write(_ image: Image, at time: Timestamp) throws(MediaError) {}

    /// Completes the file: without it the file cannot be played.
    public func finish() throws(MediaError) {}
}
