import CFFmpeg
import Glibc
import Synchronization

/// Every `init` that calls FFmpeg touches this first: FFmpeg itself never writes to stderr, and the errors of a demuxer are
/// counted. Some leave no other trace: Matroska's demuxer goes on behind damage as if nothing had been.
///
/// Of the RTP packets that never came FFmpeg tells nobody but the log ("RTP: missed 3 packets").
let quietFFmpeg: Void = av_log_set_callback { context, level, format, arguments in
    guard level <= AV_LOG_WARNING, let context, context.load(as: UnsafePointer<AVClass>?.self) == avformat_get_class(),
        let count = context.assumingMemoryBound(to: AVFormatContext.self).pointee.opaque
    else { return }
    let errors = Unmanaged<ErrorCount>.fromOpaque(count).takeUnretainedValue()
    if level <= AV_LOG_ERROR {
        errors.add()
    } else if let format, strncmp(format, "RTP: missed", 11) == 0, let arguments {
        var text = [CChar](repeating: 0, count: 64)
        vsnprintf(&text, text.count, format, arguments)
        let number = text.dropFirst(12).prefix { (48...57).contains($0) }.reduce(0) { $0 * 10 + Int($1) - 48 }
        errors.addLost(max(number, 1))
    }
}

/// The errors that a demuxer logged. Lies in its context.
final class ErrorCount: Sendable {
    private let count = Atomic(0)
    private let lost = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }
    /// RTP packets that never came; each gap is an error, too.
    var lostPackets: Int { lost.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }

    func addLost(_ packets: Int) {
        lost.add(packets, ordering: .relaxed)
        add()
    }
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

extension AVRational {
    static let nanosecond = AVRational(num: 1, den: 1_000_000_000)

    /// Nil where FFmpeg does not know.
    var value: Double? { num > 0 && den > 0 ? Double(num) / Double(den) : nil }
}
