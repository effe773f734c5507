/// How an input is opened and read.
struct OpenOptions {
    let deadline: ReadDeadline
    /// FFmpeg's name of the input's format where the address does not tell.
    var format: String?
    /// FFmpeg's options of the demuxer and the protocol.
    var options: [String: String] = [:]
    /// Packets are looked at for what the container does not say. It takes time, and they come late.
    var isProbed = true
    /// Seconds that opening may take, and the wait for a packet; nil for as long as it takes.
    var openTimeout: Double?
    var readTimeout: Double?
    /// Seconds without a whole picture after which the connection is over, where it is live: a new one begins with a keyframe.
    var pictureTimeout: Double?
    /// Width times height of the largest picture that is decoded.
    var maxPixels = OpenOptions.maxPixelsOfFiles
    /// A loss hides all pictures up to the next keyframe, and each packet's arrival is noted.
    var isLive = false

    /// 268 megapixels: 16,384 by 16,384.
    static let maxPixelsOfFiles = 1 << 28
    /// 36 megapixels: 8K video has 33.
    static let maxPixelsOfLiveSources = 36_000_000

    init(_ interrupt: Interrupt) { deadline = ReadDeadline(interrupt) }
    init(_ deadline: ReadDeadline) { self.deadline = deadline }
}
