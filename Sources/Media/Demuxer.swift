internal import CFFmpeg
import Glibc
import PoseTypes

/// Owns an open file or address and hands out the packets of its one video stream.
struct Demuxer: ~Copyable {
    enum Reading { case packet, end, broken }

    /// Whether the input is a file of one image.
    private(set) var isStill = false
    /// FFmpeg's code of the last failed read.
    private(set) var failure: Int32 = 0

    private let context: UnsafeMutablePointer<AVFormatContext>
    private var index: Int
    private let pipe: Pipe
    private let deadline: ReadDeadline
    private let readTimeout: Double?
    private let complaints = Complaints()
    /// Whether the input could only be opened without seeking.
    private let isForwardOnly: Bool
    /// Packets of the video that were read to see what the input holds, last first.
    private var ahead: [UnsafeMutablePointer<AVPacket>] = []
    private let handle = Handle()

    init(_ path: String, _ openOptions: OpenOptions) throws(MediaError) {
        let pipe = Pipe(path: path)
        pipe.waitForData(interrupt: openOptions.deadline.interrupt)
        let isAddress = path.contains("://") || openOptions.format != nil
        let address = pipe.address ?? (isAddress ? path : "file:" + path)
        if let seconds = openOptions.openTimeout { openOptions.deadline.allow(seconds: seconds) }
        let opened = try OpenedInput.open(address, of: path, openOptions, complaints)
        (context, isForwardOnly, index) = (opened.context, opened.isForwardOnly, opened.videos[0])
        self.pipe = pipe
        deadline = openOptions.deadline
        readTimeout = openOptions.readTimeout
        if openOptions.isLive { chooseVideoThatComes(opened.videos) }
        for stream in 0..<Int(clamping: context.pointee.nb_streams) where stream != index {
            context.pointee.streams[stream]!.pointee.discard = AVDISCARD_ALL
        }
        isStill = opened.isPicture && (opened.isWhole || !holdsSeveralPictures())
        complaints.forget()
    }

    deinit {
        for packet in ahead {
            var packet = Optional(packet)
            av_packet_free(&packet)
        }
        // RTSP says good-bye here, and a camera that hears none keeps the session.
        deadline.forget(context)
        deadline.allowingFarewell {
            var context = Optional(context)
            avformat_close_input(&context)
        }
    }

    var format: String { String(cString: context.pointee.iformat.pointee.name) }
    var stream: UnsafeMutablePointer<AVStream> { context.pointee.streams[index]! }
    var timeBase: AVRational { stream.pointee.time_base }
    var codecParameters: UnsafeMutablePointer<AVCodecParameters> { stream.pointee.codecpar }
    var displayMatrix: UnsafePointer<Int32>? { posed_display_matrix(stream) }
    var isSeekable: Bool { context.pointee.pb.map { $0.pointee.seekable & AVIO_SEEKABLE_NORMAL != 0 } ?? false }

    /// In the stream's time base; nil where it is missing or no time.
    var startTime: Int64? { timeBase.time(stream.pointee.start_time) }

    /// Duration in seconds, as the container says.
    var duration: Double? {
        if stream.pointee.duration > 0, let unit = timeBase.value { return Double(stream.pointee.duration) * unit }
        return context.pointee.duration > 0 ? Double(context.pointee.duration) / Double(AV_TIME_BASE) : nil
    }

    /// Frames a second on average; the container's finest rate where it names no average.
    var frameRate: Double? { stream.pointee.avg_frame_rate.value ?? stream.pointee.r_frame_rate.value }

    var frameCount: Int? { stream.pointee.nb_frames > 0 ? Int(clamping: stream.pointee.nb_frames) : nil }

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
                return entry.pos > size - Int64(clamping: entry.size)
            }
    }

    /// Reads the next packet of the video into `packet`.
    mutating func read(_ packet: borrowing Packet) -> Reading {
        if let next = ahead.popLast() {
            packet.clear()
            av_packet_move_ref(packet.pointer, next)
            var empty = Optional(next)
            av_packet_free(&empty)
            return .packet
        }
        if let readTimeout { deadline.allow(seconds: readTimeout) }
        while true {
            packet.clear()
            deadline.beginPacket()
            let code = av_read_frame(context, packet.pointer)
            if deadline.isTooMuch {
                failure = code
                return .end
            } else if code >= 0 {
                if packet.pointer.pointee.stream_index == stream.pointee.index { return .packet }
            } else if code != -EAGAIN || deadline.isOver {
                failure = code
                return code == POSED_END || deadline.isOver ? .end : .broken
            }
        }
    }

    /// Goes to a keyframe at or before `time` (in the stream's time base).
    mutating func seek(to time: Int64) -> Bool {
        av_seek_frame(context, stream.pointee.index, time, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Chooses the first of a camera's videos that sends a packet: some cameras announce one and never send it. The one that was
    /// announced first has two seconds more.
    private mutating func chooseVideoThatComes(_ videos: [Int]) {
        guard videos.count > 1 else { return }
        if let readTimeout { deadline.allow(seconds: readTimeout) }
        let packet = Packet()
        var other: (index: Int, time: Int64)?
        deadline.beginPacket()
        while av_read_frame(context, packet.pointer) >= 0 {
            let came = Int(clamping: packet.pointer.pointee.stream_index)
            if came == index { return putBack(packet) }
            if other == nil, videos.contains(came) { other = (came, monotonicTime()) }
            if let other, monotonicTime() - other.time > 2_000_000_000 { return index = other.index }
            packet.clear()
            deadline.beginPacket()
        }
        if let other { index = other.index }
    }

    /// Reads up to two pictures ahead. What follows a JPEG after other bytes is not another picture but a preview, or data of the
    /// camera's maker.
    private mutating func holdsSeveralPictures() -> Bool {
        let first = Packet()
        let second = Packet()
        guard read(first) == .packet else { return false }
        var hasSecond = true
        if codecParameters.pointee.codec_id == AV_CODEC_ID_MJPEG {
            let jpeg = JPEGBytes(first.bytes)
            hasSecond = jpeg.isAlone && !jpeg.hasIndex
        }
        hasSecond = hasSecond && read(second) == .packet
        if hasSecond { putBack(second) }
        putBack(first)
        return hasSecond
    }

    /// `packet` is read next.
    private mutating func putBack(_ packet: borrowing Packet) { ahead.append(allocated(av_packet_clone(packet.pointer))) }
}
