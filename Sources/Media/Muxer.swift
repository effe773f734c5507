import Basics
internal import CFFmpeg
import Glibc
import PoseTypes

/// Owns an mp4 file being written, with one video stream.
struct Muxer: ~Copyable {
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let stream: UnsafeMutablePointer<AVStream>
    private let timeBase: AVRational
    private let path: String
    private let handle = Handle()

    /// Begins a file with the packets of `encoder`, which come in `timeBase`.
    init(path: String, encoder: borrowing Encoder, timeBase: AVRational) throws(MediaError) {
        (context, stream) = try Self.open(path, encoder, timeBase)
        self.path = path
        self.timeBase = timeBase
    }

    deinit { Self.close(context) }

    mutating func write(_ packet: borrowing Packet, duration: Int64) throws(MediaError) {
        packet.pointer.pointee.duration = duration
        packet.pointer.pointee.stream_index = 0
        av_packet_rescale_ts(packet.pointer, timeBase, stream.pointee.time_base)
        try check(av_interleaved_write_frame(context, packet.pointer))
    }

    /// Writes the index and puts it in front, so that the file plays while it is fetched.
    mutating func finish() throws(MediaError) {
        try check(av_write_trailer(context))
        try check(avio_closep(&context.pointee.pb))
    }

    private func check(_ code: Int32) throws(MediaError) {
        if code < 0 { throw MediaError(.writeFailed, "\(path): writing failed: \(meaning(of: code))") }
    }

    private static func open(
        _ path: String, _ encoder: borrowing Encoder, _ timeBase: AVRational
    ) throws(MediaError) -> (UnsafeMutablePointer<AVFormatContext>, UnsafeMutablePointer<AVStream>) {
        _ = quietFFmpeg
        var new: UnsafeMutablePointer<AVFormatContext>?
        // Also where FFmpeg opens it again, to put the index in front; a colon in a name would be a protocol's.
        let address = "file:" + path
        address.withPath { _ = avformat_alloc_output_context2(&new, nil, "mp4", $0) }
        let context = allocated(new)
        let stream = allocated(avformat_new_stream(context, nil))
        stream.pointee.time_base = timeBase
        avcodec_parameters_from_context(stream.pointee.codecpar, encoder.parameters)
        var code = address.withPath { avio_open(&context.pointee.pb, $0, AVIO_FLAG_WRITE) }
        if code < 0 {
            close(context)
            throw .cannotCreate(path, code)
        }
        var options: OpaquePointer?
        av_dict_set(&options, "movflags", "+faststart", 0)
        defer { av_dict_free(&options) }
        code = avformat_write_header(context, &options)
        if code < 0 {
            close(context)
            throw MediaError(.writeFailed, "\(path): writing failed: \(meaning(of: code))")
        }
        return (context, stream)
    }

    private static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
        avio_closep(&context.pointee.pb)
        avformat_free_context(context)
    }
}
