internal import CFFmpeg
import Glibc
import Synchronization

/// Every `init` that calls FFmpeg touches this first: FFmpeg itself never writes to stderr, and what a demuxer or a live decoder
/// complains of is counted. Some errors leave no other trace: Matroska's demuxer goes on behind damage as if nothing had been.
let quietFFmpeg: Void = av_log_set_callback { context, level, format, arguments in
    guard var context, let format, var kind = context.load(as: UnsafePointer<AVClass>?.self) else { return }
    // What checks sizes speaks for a decoder.
    if strcmp(kind.pointee.class_name, "IMGUTILS") == 0,
        let parent = context.load(
            fromByteOffset: Int(clamping: kind.pointee.parent_log_context_offset), as: UnsafeMutableRawPointer?.self),
        let parentKind = parent.load(as: UnsafePointer<AVClass>?.self)
    {
        (context, kind) = (parent, parentKind)
    }
    let opaque =
        switch kind {
        case avformat_get_class(): context.assumingMemoryBound(to: AVFormatContext.self).pointee.opaque
        case avcodec_get_class(): context.assumingMemoryBound(to: AVCodecContext.self).pointee.opaque
        default: UnsafeMutableRawPointer?.none
        }
    guard let opaque else { return }
    Unmanaged<Complaints>.fromOpaque(opaque).takeUnretainedValue().note(level, format, arguments)
}

/// What a demuxer or a decoder complained of in the log. Lies in its context.
final class Complaints: Sendable {
    private let errorCount = Atomic(0)
    private let lostPacketCount = Atomic(0)
    private let missingReferenceCount = Atomic(0)
    private let damageCount = Atomic(0)
    private let unknownDigest = Atomic(false)
    private let tooLarge = Atomic(false)

    /// How errors begin that are about EXIF, colour profiles, densities and tables that the decoder has itself.
    private static let harmless = [
        "mjpeg: ", "error using external huffman table", "unknown colorspace", "invalid TIFF header ", "error decoding Exif data",
        "pHYs ", "iCCP ", "Unknown ", "Writing metadata ",
    ]

    var errors: Int { errorCount.load(ordering: .relaxed) }
    /// RTP packets that never came.
    var lostPackets: Int { lostPacketCount.load(ordering: .relaxed) }
    /// Pictures that lean on one that never came.
    var missingReferences: Int { missingReferenceCount.load(ordering: .relaxed) }

    /// Errors that are about the picture: all but those about what is written beside it.
    var damages: Int { damageCount.load(ordering: .relaxed) }
    /// The camera offers Digest authentication with hashes that FFmpeg does not know (SHA-256), as its last word.
    var wantsUnknownDigest: Bool { unknownDigest.load(ordering: .relaxed) }
    /// A picture was larger than is allowed.
    var isTooLarge: Bool { tooLarge.load(ordering: .relaxed) }

    /// What was said so far is no news.
    func forget() {
        errorCount.store(0, ordering: .relaxed)
        lostPacketCount.store(0, ordering: .relaxed)
    }

    /// FFmpeg tells of lost packets, missing references and damaged pictures nowhere else. Its words are those of FFmpeg 5.1;
    /// tests hold them.
    fileprivate func note(_ level: Int32, _ format: UnsafePointer<CChar>, _ arguments: CVaListPointer?) {
        if level <= AV_LOG_ERROR {
            errorCount.add(1, ordering: .relaxed)
            if !Self.harmless.contains(where: { begins(format, $0) }) { damageCount.add(1, ordering: .relaxed) }
        }
        if begins(format, "RTP: missed "), let arguments {
            var text = [CChar](repeating: 0, count: 64)
            vsnprintf(&text, text.count, format, arguments)
            let packets = text.dropFirst(12).prefix { (48...57).contains($0) }.reduce(0) { $0 * 10 + Int(clamping: $1) - 48 }
            lostPacketCount.add(max(packets, 1), ordering: .relaxed)
        } else if begins(format, "Picture size ") {
            tooLarge.store(true, ordering: .relaxed)
        } else if begins(format, "line='%s'"), let arguments {
            // A line of an RTSP answer.
            var text = [CChar](repeating: 0, count: 512)
            vsnprintf(&text, text.count, format, arguments)
            let line = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).lowercased()
            if line.hasPrefix("line='www-authenticate: digest") {
                unknownDigest.store(line.contains("algorithm=sha") || line.contains("algorithm=\"sha"), ordering: .relaxed)
            }
        } else if begins(format, "Frame num gap ") || begins(format, "Could not find ref with POC ") {
            missingReferenceCount.add(1, ordering: .relaxed)
        }
    }

    private func begins(_ text: UnsafePointer<CChar>, _ start: String) -> Bool { strncmp(text, start, start.utf8.count) == 0 }
}

/// What a code of FFmpeg means, in its own words.
func meaning(of code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    av_strerror(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).lowercased()
}

/// Ends the program where FFmpeg has no memory left: nothing could be done about it.
func allocated<T>(_ pointer: T?) -> T {
    guard let pointer else { fatalError("out of memory") }
    return pointer
}
