import CFFmpeg
import Glibc
import PoseTypes

/// Owns a decoder: packets go in, pictures come out, a few packets later.
struct Decoder: ~Copyable {
    enum Result { case frame, needsPacket, end, damaged }

    private let context: UnsafeMutablePointer<AVCodecContext>
    private let complaints = Complaints()
    private let handle = Handle()

    /// `threads`: 0 lets FFmpeg choose.
    init(_ demuxer: borrowing Demuxer, threads: Int, path: String) throws(MediaError) {
        let parameters = demuxer.codecParameters
        let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
        let codec = avcodec_find_decoder(parameters.pointee.codec_id)
        context = allocated(avcodec_alloc_context3(codec))
        guard let codec else { throw MediaError(.badInput, "\(redacted(uri: path)): this FFmpeg has no decoder for \(name)") }
        context.pointee.thread_count = Int32(clamping: threads)
        context.pointee.opaque = Unmanaged.passUnretained(complaints).toOpaque()
        context.pointee.pkt_timebase = demuxer.timeBase
        var code = avcodec_parameters_to_context(context, parameters)
        if code >= 0 { code = avcodec_open2(context, codec, nil) }
        guard code >= 0 else {
            throw MediaError(.badInput, "\(redacted(uri: path)): its \(name) cannot be decoded: \(meaning(of: code))")
        }
    }

    deinit {
        var context = Optional(context)
        avcodec_free_context(&context)
    }

    /// FFmpeg's name of the codec.
    var codec: String { String(cString: avcodec_get_name(context.pointee.codec_id)) }

    /// Pictures that lean on one that never came.
    var missingReferences: Int { complaints.missingReferences }

    /// False where the packet is damaged.
    mutating func send(_ packet: borrowing Packet) -> Bool { avcodec_send_packet(context, packet.pointer) >= 0 }

    /// No packet follows: what is left comes out.
    mutating func drain() { avcodec_send_packet(context, nil) }

    mutating func receive(_ frame: borrowing Frame) -> Result {
        switch avcodec_receive_frame(context, frame.pointer) {
        case 0: .frame
        case -EAGAIN: .needsPacket
        case POSED_END: .end
        default: .damaged
        }
    }
}
