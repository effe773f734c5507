internal import CFFmpeg

/// Whom to trust at the other end of a TLS connection.
struct Certificates: Sendable {
    /// Whether it must show a certificate for its name that somebody trusted has signed.
    var areVerified = true
    /// A PEM file with those who are trusted; nil for those whom the system trusts.
    var authorities: String?

    /// Makes FFmpeg ask for certificates whenever `context` opens something: what a playlist names, too. Its RTSP does not ask
    /// here, and never verifies (FFmpeg 5.1).
    static func install(in context: UnsafeMutablePointer<AVFormatContext>) {
        context.pointee.io_open = { context, io, address, flags, options in
            if let context, let options {
                let watch = Unmanaged<ReadDeadline>.fromOpaque(context.pointee.interrupt_callback.opaque).takeUnretainedValue()
                av_dict_set(options, "tls_verify", watch.certificates.areVerified ? "1" : "0", 0)
                if let authorities = watch.certificates.authorities { av_dict_set(options, "ca_file", authorities, 0) }
            }
            return Certificates.openUnverified(context, io, address, flags, options)
        }
    }

    /// FFmpeg's own way to open.
    private static let openUnverified = {
        var context = avformat_alloc_context()
        defer { avformat_close_input(&context) }
        return allocated(context).pointee.io_open!
    }()
}
