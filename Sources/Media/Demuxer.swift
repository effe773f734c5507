import CFFmpeg
import Glibc
import PoseTypes

/// Owns an open file or address and hands out the packets of its one video stream.
struct Demuxer: ~Copyable {
    enum Reading { case packet, end, broken }

    private let context: UnsafeMutablePointer<AVFormatContext>
    private let index: Int
    private let pipe: Pipe
    private let watch: Watch
    private let readTimeout: Double?
    /// FFmpeg's code of the last failed read.
    private(set) var failure: Int32 = 0
    private let complaints = Complaints()
    /// Only reading it from front to back worked.
    private let isForwardOnly: Bool
    private let handle = Handle()

    init(_ path: String, _ opening: Opening) throws(MediaError) {
        let pipe = Pipe(path: path)
        pipe.waitForData(interrupt: opening.watch.interrupt)
        let isAddress = path.contains("://") || opening.format != nil
        let address = pipe.address ?? (isAddress ? path : "file:" + path)
        if let seconds = opening.openTimeout { opening.watch.allow(seconds: seconds) }
        (context, index, isForwardOnly) = try Self.open(address, of: path, opening)
        self.pipe = pipe
        watch = opening.watch
        readTimeout = opening.readTimeout
        context.pointee.opaque = Unmanaged.passUnretained(complaints).toOpaque()
    }

    deinit {
        var context = Optional(context)
        avformat_close_input(&context)
    }

    var format: String { String(cString: context.pointee.iformat.pointee.name) }
    var stream: UnsafeMutablePointer<AVStream> { context.pointee.streams[index]! }
    var timeBase: AVRational { stream.pointee.time_base }
    var codecParameters: UnsafeMutablePointer<AVCodecParameters> { stream.pointee.codecpar }
    var displayMatrix: UnsafePointer<Int32>? { posed_display_matrix(stream) }
    var isSeekable: Bool { context.pointee.pb.map { $0.pointee.seekable & AVIO_SEEKABLE_NORMAL != 0 } ?? false }

    /// A file of one picture.
    var isStill: Bool { Self.isStill(context) }

    /// In the stream's time base.
    var startTime: Int64? { stream.pointee.start_time == POSED_NO_TIME ? nil : stream.pointee.start_time }

    /// Seconds, by the container's word.
    var duration: Double? {
        if stream.pointee.duration > 0 { return Double(stream.pointee.duration) * timeBase.value! }
        return context.pointee.duration > 0 ? Double(context.pointee.duration) / Double(AV_TIME_BASE) : nil
    }

    /// Frames a second on average; the container's finest rate where it names no average.
    var frameRate: Double? { stream.pointee.avg_frame_rate.value ?? stream.pointee.r_frame_rate.value }

    var frameCount: Int? { stream.pointee.nb_frames > 0 ? Int(stream.pointee.nb_frames) : nil }

    func sampleAspectRatio(of frame: borrowing Frame) -> Double {
        av_guess_sample_aspect_ratio(context, stream, frame.pointer).value ?? 1
    }

    /// Errors that were logged since the file was opened.
    var errorCount: Int { complaints.errors }

    /// RTP packets that never came.
    var lostPackets: Int { complaints.lostPackets }

    /// The file was cut: its index points behind its end, it ends within a packet of an MPEG transport stream, or it had to
    /// be opened without looking at its end.
    var isCut: Bool {
        guard let io = context.pointee.pb, !isForwardOnly else { return isForwardOnly }
        let size = avio_size(io)
        if format == "mpegts" { return size > 0 && [188, 192, 204].allSatisfy { size % $0 != 0 } }
        return isSeekable && size > 0
            && (0..<avformat_index_get_entries_count(stream)).contains { entry in
                let entry = avformat_index_get_entry(stream, entry).pointee
                return entry.pos + Int64(entry.size) > size
            }
    }

    /// Reads the next packet of the video into `packet`.
    mutating func read(_ packet: borrowing Packet) -> Reading {
        if let readTimeout { watch.allow(seconds: readTimeout) }
        while true {
            packet.clear()
            let code = av_read_frame(context, packet.pointer)
            if code >= 0 {
                if packet.pointer.pointee.stream_index == stream.pointee.index { return .packet }
            } else if code != -EAGAIN || watch.isOver {
                failure = code
                return code == POSED_END || watch.isOver ? .end : .broken
            }
        }
    }

    /// Goes to a keyframe at or before `time` (in the stream's time base).
    mutating func seek(to time: Int64) -> Bool {
        av_seek_frame(context, stream.pointee.index, time, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// The open context, the index of its video, and whether it could only be opened from front to back.
    private static func open(
        _ address: String, of path: String, _ opening: Opening, isForwardOnly: Bool = false
    ) throws(MediaError) -> (UnsafeMutablePointer<AVFormatContext>, Int, Bool) {
        _ = quietFFmpeg
        let watch = opening.watch
        var opened = avformat_alloc_context()
        allocated(opened).pointee.interrupt_callback = AVIOInterruptCB(
            callback: { Unmanaged<Watch>.fromOpaque($0!).takeUnretainedValue().isOver ? 1 : 0 },
            opaque: Unmanaged.passUnretained(watch).toOpaque())
        Certificates.install(in: allocated(opened))
        // A picture's name is taken as it is, even with a % in it: patterns were resolved before (Input).
        var options: OpaquePointer?
        av_dict_set(&options, "pattern_type", "none", 0)
        if isForwardOnly { av_dict_set(&options, "seekable", "0", 0) }
        for (name, value) in opening.options { av_dict_set(&options, name, value, 0) }
        defer { av_dict_free(&options) }
        var code = avformat_open_input(&opened, address, opening.format.flatMap { av_find_input_format($0) }, &options)
        // Pictures need no second look, which would decode them.
        if code >= 0, let opened, opening.isProbed, !isStill(opened) { code = avformat_find_stream_info(opened, nil) }
        if code >= 0, let opened, let index = selectVideo(in: opened) {
            return (opened, index, isForwardOnly)
        }
        defer { avformat_close_input(&opened) }
        // A fragmented mp4 that ends within a fragment's header is refused by those who look at its end first.
        if code == POSED_INVALID_DATA, !isForwardOnly, address.hasPrefix("file:") {
            return try open(address, of: path, opening, isForwardOnly: true)
        }
        if watch.interrupt.isInterrupted { throw MediaError(.interrupted, "\(redacted(uri: path)): opening was interrupted") }
        if code < 0, watch.isTimeOver {
            throw MediaError(.missingInput, "\(redacted(uri: path)): no answer within \(opening.openTimeout ?? 0) s")
        }
        if code == -EIO, watch.certificates.areVerified, address.lowercased().hasPrefix("https:") {
            throw MediaError(.missingInput, "\(redacted(uri: path)): the connection broke, or its certificate is not trusted")
        }
        if code < 0 { throw .cannotOpen(path, code) }
        let streams = UnsafeBufferPointer(start: opened!.pointee.streams, count: Int(opened!.pointee.nb_streams))
        let hasSound = streams.contains { $0!.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }
        throw MediaError(.badInput, "\(redacted(uri: path)): \(hasSound ? "holds sound but no video" : "holds no video")")
    }

    /// FFmpeg's demuxers `image2` and `png_pipe`, `jpeg_pipe`, …
    private static func isStill(_ context: UnsafeMutablePointer<AVFormatContext>) -> Bool {
        let name = String(cString: context.pointee.iformat.pointee.name)
        return name == "image2" || name.hasSuffix("_pipe")
    }

    /// The default video, the largest of several; all other streams are thrown away as they are read.
    private static func selectVideo(in context: UnsafeMutablePointer<AVFormatContext>) -> Int? {
        let streams = UnsafeBufferPointer(start: context.pointee.streams, count: Int(context.pointee.nb_streams)).map { $0! }
        func rank(_ index: Int) -> (Int32, Int32) {
            let (stream, codec) = (streams[index].pointee, streams[index].pointee.codecpar.pointee)
            return (stream.disposition & AV_DISPOSITION_DEFAULT, codec.width &* codec.height)
        }
        let videos = streams.indices.filter { isVideo(streams[$0]) }
        guard var best = videos.first else { return nil }
        for video in videos where rank(video) > rank(best) { best = video }
        for stream in streams.indices where stream != best { streams[stream].pointee.discard = AVDISCARD_ALL }
        return best
    }

    /// Cover art is a picture of the sound, and FFmpeg draws text files as a terminal would.
    private static func isVideo(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        let codec = stream.pointee.codecpar.pointee
        return codec.codec_type == AVMEDIA_TYPE_VIDEO && stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
            && ![AV_CODEC_ID_ANSI, AV_CODEC_ID_BINTEXT, AV_CODEC_ID_XBIN, AV_CODEC_ID_IDF].contains(codec.codec_id)
    }
}
