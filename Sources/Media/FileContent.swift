import Basics
internal import CFFmpeg
import Glibc
import PoseTypes

/// What a file holds, by its bytes. FFmpeg goes by the name where pictures are concerned: `image2` takes `.jpg` for one JPEG
/// whatever lies in it, and a series of JPEGs with JFIF heads for one.
enum FileContent {
    /// The FFmpeg demuxer for a picture or a series of JPEGs in a regular file; nil for everything else, which FFmpeg finds out.
    static func demuxer(of path: String) -> String? {
        guard let head = beginning(of: path, bytes: 4096) else { return nil }
        if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            // Enough for the first picture and the beginning of the next.
            let isSeries = beginning(of: path, bytes: 64 << 20)?.withUnsafeBytes { JPEGBytes($0).isSeries }
            return isSeries == true ? "mjpeg" : "jpeg_pipe"
        }
        var padded = head + [UInt8](repeating: 0, count: Int(AVPROBE_PADDING_SIZE))
        let name = padded.withUnsafeMutableBufferPointer { bytes in
            var probe = AVProbeData(filename: nil, buf: bytes.baseAddress, buf_size: Int32(clamping: head.count), mime_type: nil)
            return av_probe_input_format(&probe, 1).map { String(cString: $0.pointee.name) }
        }
        return name.flatMap { $0.hasSuffix("_pipe") ? $0 : nil }
    }

    /// What Git leaves in the place of a large file that was not fetched; FFmpeg calls one named `.jpg` a damaged picture.
    static func isGitLFSPointer(_ path: String) -> Bool {
        let first = "version https://git-lfs.github.com/".utf8
        return beginning(of: path, bytes: first.count)?.elementsEqual(first) == true
    }

    /// Whoever opens or reads it may wait for somebody else, or never come to an end.
    static func mayBlock(_ path: String) -> Bool {
        var status = stat()
        guard path.withPath({ stat($0, &status) }) == 0 else { return false }
        return [S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT)
    }

    /// At most so many first bytes of a regular file; nil for anything else, which might block until it is written to.
    static func beginning(of path: String, bytes count: Int) -> [UInt8]? {
        var status = stat()
        guard path.withPath({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = path.withPath({ fopen($0, "rb") })
        else { return nil }
        defer { fclose(file) }
        let count = min(count, Int(clamping: status.st_size))
        return [UInt8](unsafeUninitializedCapacity: count) { $1 = fread($0.baseAddress, 1, count, file) }
    }
}

/// The first JPEG in some bytes (ITU-T T.81, annex B).
struct JPEGBytes {
    /// Behind its end-of-image marker; nil where it has none.
    private(set) var end: Int?
    /// It has a multi-picture index (CIPA DC-007): what follows it are views, previews or gain maps of the same picture.
    private(set) var hasIndex = false
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        var place = 2
        while place + 3 < bytes.count {
            guard bytes[place] == 0xFF else {
                place += 1
                continue
            }
            switch bytes[place + 1] {
            case 0xD9:
                end = place + 2
                return
            case 0x00, 0x01, 0xD0...0xD8, 0xFF: place += bytes[place + 1] == 0xFF ? 1 : 2
            default:
                let marker = bytes[place + 1]
                if marker == 0xE2, bytes[(place + 4)...].starts(with: "MPF\0".utf8) { hasIndex = true }
                place += 2 + max(Int(clamping: bytes[place + 2]) << 8 | Int(clamping: bytes[place + 3]), 2)
            }
        }
        if bytes.count >= 4, bytes[bytes.count - 2] == 0xFF, bytes[bytes.count - 1] == 0xD9 { end = bytes.count }
    }

    /// Another JPEG follows right behind it (or behind zeros), and is no part of it.
    var isSeries: Bool {
        guard let end, !hasIndex else { return false }
        return bytes[end...].drop { $0 == 0 }.starts(with: [0xFF, 0xD8, 0xFF])
    }

    /// Nothing but zeros follows it.
    var isAlone: Bool { end.map { bytes[$0...].allSatisfy { $0 == 0 } } ?? false }
}
