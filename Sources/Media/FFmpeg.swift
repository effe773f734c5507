import CFFmpeg
import Synchronization

/// Every `init` that calls FFmpeg touches this first: FFmpeg itself never writes to stderr, and the errors of a demuxer are
/// counted. Some leave no other trace: Matroska's demuxer goes on behind damage as if nothing had been.
let quietFFmpeg: Void = av_log_set_callback { context, level, _, _ in
    guard level <= AV_LOG_ERROR, let context, context.load(as: UnsafePointer<AVClass>?.self) == avformat_get_class(),
        let count = context.assumingMemoryBound(to: AVFormatContext.self).pointee.opaque
    else { return }
    Unmanaged<ErrorCount>.fromOpaque(count).takeUnretainedValue().add()
}

/// The errors that a demuxer logged. Lies in its context.
final class ErrorCount: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }
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
