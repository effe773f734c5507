import Foundation

/// Matroska files whose times are what a test wants, however absurd: no muxer would write them.
enum MatroskaFile {
    /// A Motion JPEG of `picture`, once for each of `times`, in units of `scale` nanoseconds.
    static func make(_ name: String, picture: Data, times: [Int64], scale: UInt64 = 1_000_000) throws -> String {
        let track =
            element([0xD7], [1]) + element([0x73, 0xC5], [1]) + element([0x83], [1]) + element([0x86], Array("V_MJPEG".utf8))
            + element([0xE0], element([0xB0], [0, 96]) + element([0xBA], [0, 64]))
        let info = element([0x2A, 0xD7, 0xB1], bytes(scale))
        let clusters = times.flatMap { time in
            element([0x1F, 0x43, 0xB6, 0x75], element([0xE7], bytes(UInt64(bitPattern: time))) + block(picture))
        }
        let segment =
            element([0x15, 0x49, 0xA9, 0x66], info) + element([0x16, 0x54, 0xAE, 0x6B], element([0xAE], track)) + clusters
        let file =
            element([0x1A, 0x45, 0xDF, 0xA3], element([0x42, 0x82], Array("matroska".utf8)))
            + element([0x18, 0x53, 0x80, 0x67], segment)
        let path = Workspace.path(name)
        try Data(file).write(to: URL(filePath: path))
        return path
    }

    /// A SimpleBlock of track 1 at its cluster's time, a keyframe.
    private static func block(_ picture: Data) -> [UInt8] { element([0xA3], [0x81, 0, 0, 0x80] + Array(picture)) }

    /// An EBML element (RFC 8794) whose size takes eight bytes.
    private static func element(_ id: [UInt8], _ content: [UInt8]) -> [UInt8] {
        id + [0x01] + bytes(UInt64(content.count)).dropFirst() + content
    }

    private static func bytes(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
}
