public import PoseTypes

/// The upright RGB frames of a video, a picture, or a folder of numbered pictures, with their presentation times.
public final class VideoReader {
    public let info: VideoInfo
    public let interrupt: Interrupt
    public private(set) var statistics = ReaderStatistics()

    public init(
        path: String, from: Double? = nil, to: Double? = nil, threads: Int = 0, interrupt: Interrupt = Interrupt()
    ) throws(MediaError) {
        throw MediaError(.badInput, "\(path): reading lands shortly")
    }

    /// The next frame; nil at the end, and once the reader was interrupted.
    public func next() throws(MediaError) -> VideoFrame? { nil }
}
