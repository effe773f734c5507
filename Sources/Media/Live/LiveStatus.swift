import Basics

/// How a live source is doing.
package struct LiveStatus: Sendable, Equatable {
    package enum State: String, Sendable {
        /// A connection is being made, or its first whole picture awaited.
        case connecting
        /// Pictures come.
        case live
        /// Connected, but nothing has come for half of the read time-out.
        case stalled
        /// The connection was lost, or could not be made; the next try follows.
        case waiting
        /// A file has ended, or the source was interrupted.
        case ended
    }

    package var state = State.connecting
    /// When the state began: nanoseconds since 1970, UTC.
    package var since: Int64 = 0
    /// Connections that gave a picture.
    package var connects = 0
    /// Connections after the first.
    package var reconnects: Int { max(connects - 1, 0) }
    /// Times that nothing came for half of the read time-out.
    package var stalls = 0
    /// Pictures decoded, with those that were hidden.
    package var decoded = 0
    /// Pictures hidden because they, or what they lean on, are damaged or were lost.
    package var damaged = 0
    /// RTP packets that never came.
    package var lostPackets = 0
    /// Seconds that decoding took in all.
    package var decodeSeconds = 0.0
    /// Pictures a second, over the last two seconds or so.
    package var frameRate: Double?
    /// FFmpeg's name of the container or protocol: `rtsp`, `hls`, `mpjpeg`, …
    package var format: String?
    package var info: VideoInfo?
    /// Why the connection was lost last, or could not be made; without credentials.
    package var lastError: String?

    package init() {}
}

/// A change in how a live source is doing.
package enum LiveEvent: Sendable, Equatable {
    case connecting
    /// The first picture of a connection.
    case live(VideoInfo)
    /// Pictures of another size or codec follow, on the same connection.
    case changed(VideoInfo)
    /// Nothing has come for so many seconds.
    case stalled(seconds: Double)
    /// The connection was lost, or could not be made: the reason without credentials, and the wait until the next try.
    case lost(reason: String, retryIn: Double)
    case ended
}
