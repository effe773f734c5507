internal import CFFmpeg

/// Which certificates of TLS servers to trust.
struct Certificates: Sendable {
    /// Whether a server must show a certificate for its name from a trusted authority.
    var areVerified = true
    /// A PEM file with the trusted authorities; nil for the system's.
    var authorities: String?

    /// Makes FFmpeg ask for certificates whenever `context` opens something: what a playlist names, too. Its RTSP does not ask
    /// here, and never verifies (FFmpeg 5.1).
    static func install(in context: UnsafeMutablePointer<AVFormatContext>) {
        context.pointee.io_open = { context, io, address, flags, options in
            if let context, let options {
                let deadline = Unmanaged<ReadDeadline>.fromOpaque(context.pointee.interrupt_callback.opaque).takeUnretainedValue()
                av_dict_set(options, "tls_verify", deadline.certificates.areVerified ? "1" : "0", 0)
                if let authorities = deadline.certificates.authorities { av_dict_set(options, "ca_file", authorities, 0) }
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
