import Basics
internal import CFFmpeg
import Glibc
import PoseTypes

/// What a live source's address names, and how FFmpeg has to be asked for it.
struct LiveAddress {
    enum Kind { case network, camera, file }

    let kind: Kind
    /// What FFmpeg opens.
    let path: String
    /// Without credentials, for messages.
    let name: String

    /// What it gives is gone once it was read.
    var isPipe: Bool {
        var status = stat()
        return kind == .file && path.withPath({ stat($0, &status) }) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    /// `address`: a URL, `/dev/video…` (or `v4l2:` and a device), `-` for standard input, or a file, folder or pattern.
    init(_ address: Secret) throws(MediaError) {
        let text = address.reveal()
        name = redacted(uri: text)
        if let scheme = text.firstRange(of: "://").map({ text[..<$0.lowerBound] }) {
            kind = .network
            path = text
            guard ["rtsp", "rtsps"].contains(scheme.lowercased()) || avio_find_protocol_name(text) != nil else {
                throw MediaError(.badInput, "\(name): FFmpeg knows no protocol \(scheme)")
            }
        } else if text.hasPrefix("v4l2:") || text.hasPrefix("/dev/video") {
            kind = .camera
            path = text.hasPrefix("v4l2:") ? String(text.dropFirst(5)) : text
            guard Devices.areHere else {
                throw MediaError(.missingInput, "\(name): cameras of this machine need libavdevice (Debian: libavdevice59)")
            }
        } else {
            kind = .file
            path = text == "-" ? "/dev/stdin" : text
        }
    }

    func openOptions(_ options: LiveOptions, _ deadline: ReadDeadline) -> OpenOptions {
        var openOptions = OpenOptions(deadline)
        guard kind != .file else { return openOptions }
        openOptions.isLive = true
        openOptions.maxPixels = OpenOptions.maxPixelsOfLiveSources
        openOptions.openTimeout = options.openTimeout
        openOptions.readTimeout = options.readTimeout
        openOptions.pictureTimeout = options.readTimeout * 6
        if kind == .camera {
            openOptions.format = "v4l2"
            openOptions.options["video_size"] = options.size
            openOptions.options["framerate"] = options.rate.map { "\($0)" }
            return openOptions
        }
        // The container says which codec it is; the frame rate is not worth waiting for.
        openOptions.options = ["fpsprobesize": "0", "analyzeduration": "1000000"]
        if path.lowercased().hasPrefix("rtsp") {
            // SDP names the codec, and pictures start at the next keyframe in any case.
            openOptions.isProbed = false
            openOptions.options["rtsp_transport"] = options.transport.rawValue
            openOptions.options["allowed_media_types"] = "video"
        }
        return openOptions
    }
}
