import Basics
internal import CFFmpeg
import PoseTypes

/// An input that FFmpeg has opened, and what it holds. The caller closes its context.
struct OpenedInput {
    let context: UnsafeMutablePointer<AVFormatContext>
    /// The indices of its videos, the best one first; there is one at least.
    let videos: [Int]
    /// It could only be opened from front to back.
    let isForwardOnly: Bool

    /// Pictures without a container: FFmpeg's demuxers `image2` and `png_pipe`, `jpeg_pipe`, …
    var isPicture: Bool { Self.isPicture(context) }
    /// FFmpeg gives such a picture in one piece. Of one whose size is not known, it has to look where it ends.
    var isWhole: Bool { Self.hasSize(context) }

    /// Opens `address`, which a person called `path`. `complaints` has to live as long as the context.
    static func open(
        _ address: String, of path: String, _ openOptions: OpenOptions, _ complaints: Complaints, isForwardOnly: Bool = false
    ) throws(MediaError) -> OpenedInput {
        var openOptions = openOptions
        let isFile = address.hasPrefix("file:")
        if isFile, openOptions.format == nil { openOptions.format = FileContent.demuxer(of: path) }
        let (context, code) = connect(to: address, openOptions, complaints, isForwardOnly: isForwardOnly)
        if let context {
            let videos = candidates(in: context)
            if videos.count > 1, isFile {
                // Ranking reads on, and reading begins at the beginning.
                let ranked = rank(videos, in: context)
                close(context)
                if let context = connect(to: address, openOptions, complaints, isForwardOnly: isForwardOnly).context {
                    return OpenedInput(context: context, videos: ranked, isForwardOnly: isForwardOnly)
                }
                throw MediaError(.missingInput, "\(redacted(uri: path)): was gone when it was opened again")
            }
            if !videos.isEmpty { return OpenedInput(context: context, videos: videos, isForwardOnly: isForwardOnly) }
            defer { close(context) }
            throw noVideo(in: context, path)
        }
        // A fragmented mp4 that ends within a fragment's header is refused by those who look at its end first.
        if code == POSED_INVALID_DATA, isFile, !isForwardOnly {
            return try open(address, of: path, openOptions, complaints, isForwardOnly: true)
        }
        throw failure(code, address, path, openOptions, complaints)
    }

    /// A context, or nil and FFmpeg's code.
    private static func connect(
        to address: String, _ openOptions: OpenOptions, _ complaints: Complaints, isForwardOnly: Bool
    ) -> (context: UnsafeMutablePointer<AVFormatContext>?, code: Int32) {
        _ = quietFFmpeg
        var opened = avformat_alloc_context()
        let made = allocated(opened)
        made.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { Unmanaged<ReadDeadline>.fromOpaque($0!).takeUnretainedValue().isOver ? 1 : 0 },
            opaque: Unmanaged.passUnretained(openOptions.deadline).toOpaque())
        opened!.pointee.opaque = Unmanaged.passUnretained(complaints).toOpaque()
        Certificates.install(in: opened!)
        let deadline = openOptions.deadline
        if openOptions.isLive { deadline.watch(made) }
        // A picture's name is taken as it is, even with a % in it: patterns were resolved before (Input).
        var options: OpaquePointer?
        av_dict_set(&options, "pattern_type", "none", 0)
        if isForwardOnly { av_dict_set(&options, "seekable", "0", 0) }
        for (name, value) in openOptions.options { av_dict_set(&options, name, value, 0) }
        defer { av_dict_free(&options) }
        var code = address.withPath { path in
            avformat_open_input(&opened, path, openOptions.format.flatMap { av_find_input_format($0) }, &options)
        }
        guard code >= 0, let opened else {
            // FFmpeg has freed it.
            deadline.forget(made)
            return (nil, code)
        }
        if isPicture(opened), !hasSize(opened), opened.pointee.nb_streams == 1 {
            // Formats whose end FFmpeg cannot see (TIFF) are read to the end of the pipe.
            let parser = av_parser_init(Int32(bitPattern: streams(of: opened)[0].pointee.codecpar.pointee.codec_id.rawValue))
            if parser == nil { av_opt_set_int(opened.pointee.priv_data, "frame_size", 256 << 20, 0) }
            av_parser_close(parser)
        }
        if openOptions.isProbed, !(isPicture(opened) && hasSize(opened)) {
            // Looking at packets decodes some.
            let count = Int(clamping: opened.pointee.nb_streams)
            var limits = [OpaquePointer?](repeating: nil, count: count)
            for stream in 0..<count { av_dict_set_int(&limits[stream], "max_pixels", Int64(clamping: openOptions.maxPixels), 0) }
            defer { for stream in 0..<count { av_dict_free(&limits[stream]) } }
            code = limits.withUnsafeMutableBufferPointer { avformat_find_stream_info(opened, count > 0 ? $0.baseAddress : nil) }
            // FFmpeg makes do with what came until then.
            if deadline.isTooMuch { code = min(code, -EIO) }
            if code < 0 {
                deadline.forget(made)
                close(opened)
                return (nil, code)
            }
        }
        return (opened, code)
    }

    private static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
        var context = Optional(context)
        avformat_close_input(&context)
    }

    private static func isPicture(_ context: UnsafeMutablePointer<AVFormatContext>) -> Bool {
        let name = String(cString: context.pointee.iformat.pointee.name)
        return name == "image2" || name.hasSuffix("_pipe")
    }

    private static func hasSize(_ context: UnsafeMutablePointer<AVFormatContext>) -> Bool {
        context.pointee.pb.map { avio_size($0) > 0 } ?? true
    }

    private static func streams(
        of context: UnsafeMutablePointer<AVFormatContext>
    ) -> [UnsafeMutablePointer<AVStream>] {
        UnsafeBufferPointer(start: context.pointee.streams, count: Int(clamping: context.pointee.nb_streams)).map { $0! }
    }
}

// What lies in it.
extension OpenedInput {
    /// The videos of a container, the best one first by what it says of them: the default, then the largest.
    private static func candidates(in context: UnsafeMutablePointer<AVFormatContext>) -> [Int] {
        let streams = streams(of: context)
        func worth(_ index: Int) -> (Int32, Int32) {
            let (stream, codec) = (streams[index].pointee, streams[index].pointee.codecpar.pointee)
            return (stream.disposition & AV_DISPOSITION_DEFAULT, codec.width &* codec.height)
        }
        return streams.indices.filter { isVideo(streams[$0]) }.sorted { worth($0) > worth($1) }
    }

    /// Covers and thumbnails may be stored as videos, larger than the film and marked as the default: what has not a tenth of the
    /// pictures of the longest comes last. Counts the pictures of the first part of a file where its index does not.
    private static func rank(_ videos: [Int], in context: UnsafeMutablePointer<AVFormatContext>) -> [Int] {
        let streams = streams(of: context)
        var counts = videos.map { Int(clamping: streams[$0].pointee.nb_frames) }
        if counts.contains(where: { $0 <= 0 }) {
            counts = videos.map { _ in 0 }
            let packet = Packet()
            for _ in 0..<5000 where counts.contains(where: { $0 < 25 }) {
                packet.clear()
                guard av_read_frame(context, packet.pointer) >= 0 else { break }
                if let video = videos.firstIndex(of: Int(clamping: packet.pointer.pointee.stream_index)) { counts[video] += 1 }
            }
        }
        let most = counts.max() ?? 0
        let isShort = counts.map { $0 < most / 10 || ($0 <= 1 && most > 1) }
        return videos.indices.filter { !isShort[$0] }.map { videos[$0] }
            + videos.indices.filter { isShort[$0] }.map { videos[$0] }
    }

    /// Cover art is a picture of the sound, and FFmpeg draws text files as a terminal would.
    private static func isVideo(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        let codec = stream.pointee.codecpar.pointee
        return codec.codec_type == AVMEDIA_TYPE_VIDEO && stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
            && ![AV_CODEC_ID_ANSI, AV_CODEC_ID_BINTEXT, AV_CODEC_ID_XBIN, AV_CODEC_ID_IDF].contains(codec.codec_id)
    }
}

// Why it could not be opened.
extension OpenedInput {
    private static func noVideo(in context: UnsafeMutablePointer<AVFormatContext>, _ path: String) -> MediaError {
        let hasSound = streams(of: context).contains { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }
        return MediaError(.badInput, "\(redacted(uri: path)): \(hasSound ? "holds sound but no video" : "holds no video")")
    }

    private static func failure(
        _ code: Int32, _ address: String, _ path: String, _ openOptions: OpenOptions, _ complaints: Complaints
    ) -> MediaError {
        let (name, deadline) = (redacted(uri: path), openOptions.deadline)
        if deadline.interrupt.isInterrupted { return MediaError(.interrupted, "\(name): openOptions was interrupted") }
        if deadline.isTooMuch { return MediaError(.missingInput, "\(name): \(ReadDeadline.excess)") }
        if deadline.isTimeOver {
            return MediaError(.missingInput, "\(name): no answer within \(openOptions.openTimeout ?? 0) s")
        }
        if code == -EIO, deadline.certificates.areVerified, address.lowercased().hasPrefix("https:") {
            return MediaError(.missingInput, "\(name): the connection broke, or its certificate is not trusted")
        }
        if code == -EPROTONOSUPPORT, address.lowercased().hasPrefix("rtsp") {
            let isTCP = openOptions.options["rtsp_transport"] == "tcp"
            return MediaError(
                .missingInput,
                "\(name): the camera does not send over \(isTCP ? "tcp: set `transport: udp`" : "udp: set `transport: tcp`")")
        }
        if code == POSED_UNAUTHORIZED, complaints.wantsUnknownDigest {
            return MediaError(
                .denied,
                "\(name): the camera asks for a password hashed with SHA-256, which FFmpeg cannot do: let it ask for Digest MD5 or Basic alone"
            )
        }
        return .cannotOpen(path, code)
    }
}
