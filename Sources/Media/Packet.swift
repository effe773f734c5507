internal import CFFmpeg

/// Owns a packet: a piece of the compressed stream. Reused from read to read.
struct Packet: ~Copyable {
    let pointer = allocated(av_packet_alloc())
    private let handle = Handle()

    /// Presentation time in the stream's time base `base`; nil where it is missing or no time.
    func time(in base: AVRational) -> Int64? { base.time(pointer.pointee.pts) }

    /// Decoding time in the stream's time base `base`; nil where it is missing or no time.
    func decodingTime(in base: AVRational) -> Int64? { base.time(pointer.pointee.dts) }

    /// The sender's clock when this was taken, from RTCP sender reports: nanoseconds since 1970, UTC. Nil where it says no
    /// time before 2043.
    var senderTime: Int64? {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_PRFT, &size),
            size >= MemoryLayout<AVProducerReferenceTime>.size
        else { return nil }
        let microseconds = UnsafeRawPointer(data).loadUnaligned(as: AVProducerReferenceTime.self).wallclock
        return AVRational(num: 1, den: 1_000_000).nanoseconds(microseconds)
    }

    /// Valid until the packet is cleared or read anew.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: pointer.pointee.data, count: Int(clamping: pointer.pointee.size))
    }

    func has(_ flag: Int32) -> Bool { pointer.pointee.flags & flag != 0 }

    func clear() { av_packet_unref(pointer) }

    deinit {
        var packet = Optional(pointer)
        av_packet_free(&packet)
    }
}

/// Owns a decoded picture in the codec's own format. Reused from picture to picture.
struct Frame: ~Copyable {
    let pointer = allocated(av_frame_alloc())
    private let handle = Handle()

    var width: Int { Int(clamping: pointer.pointee.width) }
    var height: Int { Int(clamping: pointer.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(pointer.pointee.format) }

    /// The decoder's best guess of the presentation time, in the stream's time base `base`; nil where it is missing or no time.
    func time(in base: AVRational) -> Int64? { base.time(pointer.pointee.best_effort_timestamp) }

    /// Decoding can begin here.
    var isKeyframe: Bool { pointer.pointee.key_frame != 0 }

    /// `I`, `P`, `B` or a rarer letter of FFmpeg's.
    var type: Character { Character(UnicodeScalar(UInt8(bitPattern: av_get_picture_type_char(pointer.pointee.pict_type)))) }

    /// `HLG` or `PQ` (ITU-R BT.2100) where the picture has high dynamic range.
    var hdr: String? {
        switch pointer.pointee.color_trc {
        case AVCOL_TRC_SMPTE2084: "PQ"
        case AVCOL_TRC_ARIB_STD_B67: "HLG"
        default: nil
        }
    }

    /// The decoder filled gaps by guessing: such a picture shows ghosts.
    var isDamaged: Bool { pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || pointer.pointee.decode_error_flags != 0 }

    /// Nine numbers of 16.16 fixed point (FFmpeg's `libavutil/display.h`).
    var displayMatrix: UnsafePointer<Int32>? {
        guard let data = av_frame_get_side_data(pointer, AV_FRAME_DATA_DISPLAYMATRIX), data.pointee.size >= 36 else { return nil }
        return UnsafePointer(UnsafeRawPointer(data.pointee.data).assumingMemoryBound(to: Int32.self))
    }

    deinit {
        var frame = Optional(pointer)
        av_frame_free(&frame)
    }
}
