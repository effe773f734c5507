internal import CFFmpeg
import Basics
import PoseTypes

/// One connection to a live source, from opening to its end.
final class LiveConnection {
    /// A decoded picture as it comes, its times those of the connection.
    struct Picture: ~Copyable {
        let index: Int
        let time: Timestamp
        let capture: Capture
        let shape: FrameGeometry
        let frame: Frame
    }

    /// What was counted since `note` was called last.
    struct Counts {
        var decoded: Int
        var damaged: Int
        var lostPackets: Int
        var decodeSeconds: Double

        init(decoded: Int = 0, damaged: Int = 0, lostPackets: Int = 0, decodeSeconds: Double = 0) {
            self.decoded = decoded
            self.damaged = damaged
            self.lostPackets = lostPackets
            self.decodeSeconds = decodeSeconds
        }

        init(_ stream: borrowing PictureStream) {
            self.init(
                decoded: stream.decodedPictures, damaged: stream.hiddenPictures, lostPackets: stream.demuxer.lostPackets,
                decodeSeconds: Double(stream.decodeTime) / 1e9)
        }

        static func - (left: Counts, right: Counts) -> Counts {
            Counts(
                decoded: left.decoded - right.decoded, damaged: left.damaged - right.damaged,
                lostPackets: left.lostPackets - right.lostPackets, decodeSeconds: left.decodeSeconds - right.decodeSeconds)
        }
    }

    /// FFmpeg's name of the container or protocol.
    let format: String
    let isLive: Bool
    /// Transfer of the last picture: see `VideoInfo.hdr`.
    private(set) var hdr: String?
    private var source: FrameSource
    private let openOptions: OpenOptions
    private let name: String
    private let isPlaylist: Bool
    /// Its times say nothing: pictures are dated by when they come.
    private var isTimeless: Bool
    /// Rises by two with a picture that has no time, or one that does not go on, and falls by one with any other.
    private var badTimes = 0
    /// So high, and the camera's clock stands still or knows nothing.
    private static let patience = 10
    private let began = monotonicTime()
    private var pace: Pace?
    private var counts = Counts()

    /// `format`: FFmpeg's name of the format, where it is not to find that out.
    init(_ address: LiveAddress, _ options: LiveOptions, _ deadline: ReadDeadline, format: String? = nil) throws(MediaError) {
        var openOptions = address.openOptions(options, deadline)
        openOptions.format = format ?? openOptions.format
        self.openOptions = openOptions
        name = address.name
        let input = address.kind == .file ? try Input(path: address.path) : Input(address: address.path)
        source = try FrameSource(input, from: 0, threads: options.threads, isExact: false, openOptions)
        // A playlist's segments come whole.
        self.format = source.stream.demuxer.format
        isPlaylist = self.format == "hls"
        let isPaced = isPlaylist || address.kind == .file && options.realtime
        isLive = openOptions.isLive && !isPaced
        pace = isPaced ? Pace() : nil
        // Multipart MJPEG and bare streams know no times.
        isTimeless = isLive && (["mpjpeg", "mjpeg", "h264", "hevc"].contains(self.format) || self.format.hasSuffix("_pipe"))
    }

    var codec: String { source.stream.codec }
    var frameRate: Double? { source.isPictures ? Input.folderRate : source.stream.demuxer.frameRate }
    var duration: Double? { isLive ? nil : source.stream.demuxer.duration }

    /// The next whole picture; nil at the connection's end. `note` is told of every picture, whole or not.
    func next(note: (Counts) -> Void) throws(MediaError) -> Picture? {
        func count(_ new: Counts) {
            note(new - counts)
            counts = new
        }
        let repairs = source.repairedTimes
        guard let place = try source.next(onDamaged: { count(Counts($0)) }) else { return nil }
        // Each picture file has a stream of its own.
        count(source.isPictures ? Counts(decoded: place.index + 1, damaged: source.damagedPackets) : Counts(source.stream))
        badTimes = source.repairedTimes > repairs ? badTimes + 2 : max(badTimes - 1, 0)
        if badTimes >= Self.patience { isTimeless = isLive }
        let time = isTimeless ? Timestamp(nanoseconds: monotonicTime() - began) : place.time
        pace?.wait(for: time, openOptions.deadline.interrupt)
        var capture = (isTimeless || !isLive ? nil : source.stream.capture) ?? CaptureClock.arrival
        if isPlaylist { capture.error = CaptureClock.playlistLatency }
        hdr = source.stream.frame.hdr
        return Picture(index: place.index, time: time, capture: capture, shape: source.shape, frame: source.takeFrame())
    }

    /// FFmpeg could not make sense of what came between the JPEGs.
    var hasOddParts: Bool { format == "mpjpeg" && source.stream.demuxer.failure == POSED_INVALID_DATA }

    /// Why it ended.
    var reason: String {
        let code = source.stream.demuxer.failure
        if let refusal = source.stream.refusal { return "\(name): \(refusal)" }
        if source.stream.isBlind { return "\(name): no whole picture came for \(openOptions.pictureTimeout ?? 0) s" }
        if openOptions.deadline.isTooMuch { return "\(name): \(ReadDeadline.excess)" }
        if openOptions.deadline.isTimeOver { return "\(name): nothing came for \(openOptions.readTimeout ?? 0) s" }
        // Opening took all of its time, and FFmpeg went on with what it had.
        if code == POSED_EXIT { return "\(name): no answer within \(openOptions.openTimeout ?? 0) s" }
        return "\(name): " + (code == 0 || code == POSED_END ? "the stream ended" : meaning(of: code))
    }
}
