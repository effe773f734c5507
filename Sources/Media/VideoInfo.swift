/// What is known of a video before all of it was read.
package struct VideoInfo: Sendable, Equatable {
    /// Width of every frame in pixels: upright, with square pixels.
    package var width: Int
    package var height: Int
    /// The clockwise turn in degrees that was applied: 0, 90, 180 or 270.
    package var rotation: Int
    /// FFmpeg's name of the codec, for example `h264`.
    package var codec: String
    /// Frames a second on average, by the container's word; nil for a still picture.
    package var frameRate: Double?
    /// Seconds, by the container's word; nil where it says nothing.
    package var duration: Double?
    /// Frames, by the container's word; nil where it says nothing. Damaged or edited files may hold fewer.
    package var frameCount: Int?
    /// `HLG` or `PQ` where the pictures have high dynamic range, which is not tone-mapped.
    package var hdr: String?

    package init(
        width: Int, height: Int, rotation: Int = 0, codec: String, frameRate: Double? = nil, duration: Double? = nil,
        frameCount: Int? = nil, hdr: String? = nil
    ) {
        self.width = width
        self.height = height
        self.rotation = rotation
        self.codec = codec
        self.frameRate = frameRate
        self.duration = duration
        self.frameCount = frameCount
        self.hdr = hdr
    }
}

/// What happened while a video was read.
package struct ReaderStatistics: Sendable, Equatable {
    /// Frames that `next()` gave.
    package var framesRead = 0
    /// Packets that the container or the decoder refused, and frames that the decoder marked as damaged: all skipped.
    package var damagedPackets = 0
    /// Frames whose time was missing or ran backward.
    package var repairedTimes = 0
    /// The file ended before the place where its container says that it ends.
    package var truncated = false
    /// One line for a person, where there is something to say.
    package var warning: String?
}
