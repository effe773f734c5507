import CFFmpeg
import PoseTypes

/// One connection to a live source, from opening to its end.
final class LiveConnection {
    /// A decoded picture as it comes, its times those of the connection.
    struct Picture: ~Copyable {
        let index: Int
        let time: Timestamp
        let capture: Capture
        let shape: Shape
        let frame: Frame
    }

    /// What was counted since it was asked for last.
    struct Counts {
        var decoded = 0
        var damaged = 0
        var lostPackets = 0
        var decodeSeconds = 0.0
    }

    let isLive: Bool
    private var source: FrameSource
    private let opening: Opening
    private let name: String
    private let began = monotonicTime()
    private var pace: Pace?
    private var given = Counts()
    private var decoded = 0

    init(_ address: LiveAddress, _ options: LiveOptions, _ watch: Watch) throws(MediaError) {
        opening = address.opening(options, watch)
        name = address.name
        let input = address.kind == .file ? try Input(path: address.path) : Input(address: address.path)
        source = try FrameSource(input, from: 0, threads: options.threads, isExact: false, opening)
        // A playlist's segments come whole.
        let isPaced = address.kind == .file ? options.realtime : source.stream.demuxer.format == "hls"
        isLive = opening.isLive && !isPaced
        pace = isPaced ? Pace() : nil
    }

    var format: String { source.stream.demuxer.format }
    var codec: String { source.stream.codec }
    var frameRate: Double? { source.isPictures ? Input.folderRate : source.stream.demuxer.frameRate }
    var duration: Double? { isLive ? nil : source.stream.demuxer.duration }

    /// The next whole picture; nil at the connection's end.
    func next() throws(MediaError) -> Picture? {
        guard let place = try source.next() else { return nil }
        decoded = place.index + 1
        // Multipart MJPEG and bare streams know no times.
        let isTimeless = isLive && ["mpjpeg", "mjpeg", "h264", "hevc"].contains(format)
        let time = isTimeless ? Timestamp(nanoseconds: monotonicTime() - began) : place.time
        pace?.wait(for: time, opening.watch.interrupt)
        let capture = (isTimeless || !isLive ? nil : source.stream.capture) ?? CaptureClock.arrival
        return Picture(index: place.index, time: time, capture: capture, shape: source.shape, frame: source.takeFrame())
    }

    func takeCounts() -> Counts {
        let now = Counts(
            decoded: decoded, damaged: source.stream.hiddenPictures, lostPackets: source.stream.demuxer.lostPackets,
            decodeSeconds: Double(source.stream.decodeTime) / 1e9)
        defer { given = now }
        return Counts(
            decoded: now.decoded - given.decoded, damaged: now.damaged - given.damaged,
            lostPackets: now.lostPackets - given.lostPackets, decodeSeconds: now.decodeSeconds - given.decodeSeconds)
    }

    /// Why it ended.
    var reason: String {
        let code = source.stream.demuxer.failure
        if opening.watch.isTimeOver { return "\(name): nothing came for \(opening.readTimeout ?? 0) s" }
        return "\(name): " + (code == 0 || code == POSED_END ? "the stream ended" : meaning(of: code))
    }
}
