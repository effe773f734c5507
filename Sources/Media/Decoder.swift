internal import CFFmpeg
import Basics
import Glibc
import PoseTypes

/// Owns a decoder: packets go in, pictures come out, a few packets later.
struct Decoder: ~Copyable {
    enum Result {
        case frame, needsPacket, end
        /// A picture came out whose decoder complained of it; or none came.
        case damagedFrame, damaged
    }

    private let context: UnsafeMutablePointer<AVCodecContext>
    private let complaints = Complaints()
    private let handle = Handle()

    /// What is complained of while a picture is decoded concerns it and no other: each stands alone, or has checksums (FFV1).
    private let isSelfContained: Bool
    /// Those of `complaints` that concern pictures decoded before.
    private var oldDamages = 0

    /// `threads`: 0 lets FFmpeg choose. Larger pictures than `maxPixels` are refused.
    init(_ demuxer: borrowing Demuxer, threads: Int, maxPixels: Int, path: String) throws(MediaError) {
        let parameters = demuxer.codecParameters
        let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
        let properties = avcodec_descriptor_get(parameters.pointee.codec_id)?.pointee.props ?? 0
        isSelfContained = properties & AV_CODEC_PROP_INTRA_ONLY != 0 || parameters.pointee.codec_id == AV_CODEC_ID_FFV1
        let codec = avcodec_find_decoder(parameters.pointee.codec_id)
        context = allocated(avcodec_alloc_context3(codec))
        guard let codec else { throw MediaError(.badInput, "\(redacted(uri: path)): this FFmpeg has no decoder for \(name)") }
        context.pointee.max_pixels = Int64(clamping: maxPixels)
        context.pointee.thread_count = Int32(clamping: threads)
        // Threads that take pictures in turn would complain of one while another is decoded.
        if isSelfContained { context.pointee.thread_type = FF_THREAD_SLICE }
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

    /// A picture was larger than is allowed.
    var isTooLarge: Bool { complaints.isTooLarge }

    /// False where the packet is damaged.
    mutating func send(_ packet: borrowing Packet) -> Bool {
        if avcodec_send_packet(context, packet.pointer) >= 0 { return true }
        oldDamages = complaints.damages
        return false
    }

    /// No packet follows: what is left comes out.
    mutating func drain() { avcodec_send_packet(context, nil) }

    mutating func receive(_ frame: borrowing Frame) -> Result {
        switch avcodec_receive_frame(context, frame.pointer) {
        case 0:
            defer { oldDamages = complaints.damages }
            return isSelfContained && complaints.damages > oldDamages ? .damagedFrame : .frame
        case -EAGAIN: return .needsPacket
        case POSED_END: return .end
        default:
            oldDamages = complaints.damages
            return .damaged
        }
    }
}
