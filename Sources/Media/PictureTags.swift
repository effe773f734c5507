internal import CFFmpeg

/// What picture files say of themselves and FFmpeg 5.1 does not read: the orientation in EXIF of WebP and PNG, and that of
/// TIFF, with its compression. Sources: EXIF 2.32 (4.6), TIFF 6.0 (sections 2 and 22), the WebP container, PNG's eXIf.
struct PictureTags {
    enum Format { case png, webp, tiff }

    /// EXIF's 1 to 8 as mirroring and turning; nil where nothing is said.
    private(set) var orientation: Orientation?
    /// TIFF: the pixels are a JPEG, which FFmpeg 5.1 decodes to black.
    private(set) var isJPEGInTIFF = false

    /// The packet of a picture file; nil where its codec has no tags that are read here.
    init?(of packet: borrowing Packet, _ codec: AVCodecID) {
        let format: Format
        switch codec {
        case AV_CODEC_ID_PNG: format = .png
        case AV_CODEC_ID_WEBP: format = .webp
        case AV_CODEC_ID_TIFF: format = .tiff
        default: return nil
        }
        self.init(packet.bytes, format)
    }

    init(_ bytes: UnsafeRawBufferPointer, _ format: Format) {
        switch format {
        case .tiff: readTIFF(bytes)
        case .png:
            // Eight bytes of signature; then length, name, data and checksum of each chunk.
            readChunks(bytes, from: 8, named: "eXIf", nameFirst: false, isBigEndian: true, trailer: 4)
        case .webp:
            // "RIFF", length, "WEBP"; then name, length and data of each chunk, padded to even lengths.
            readChunks(bytes, from: 12, named: "EXIF", nameFirst: true, isBigEndian: false, trailer: 0)
        }
    }

    private mutating func readChunks(
        _ bytes: UnsafeRawBufferPointer, from start: Int, named name: String, nameFirst: Bool, isBigEndian: Bool, trailer: Int
    ) {
        var place = start
        while place + 8 <= bytes.count {
            let size = Int(clamping: Self.number(bytes, place + (nameFirst ? 4 : 0), 4, isBigEndian: isBigEndian))
            let data = place + 8
            if bytes[(place + (nameFirst ? 0 : 4))...].starts(with: name.utf8), data + size <= bytes.count {
                var exif = UnsafeRawBufferPointer(rebasing: bytes[data..<data + size])
                if exif.starts(with: "Exif\0\0".utf8) { exif = UnsafeRawBufferPointer(rebasing: exif[6...]) }
                return readTIFF(exif)
            }
            place = data + size + trailer + (nameFirst ? size % 2 : 0)
        }
    }

    /// The first directory of a TIFF structure.
    private mutating func readTIFF(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8, bytes[0] == bytes[1], bytes[0] == 0x49 || bytes[0] == 0x4D else { return }
        let isBigEndian = bytes[0] == 0x4D
        func number(_ place: Int, _ count: Int) -> Int {
            Int(clamping: Self.number(bytes, place, count, isBigEndian: isBigEndian))
        }
        let directory = number(4, 4)
        guard directory + 2 <= bytes.count else { return }
        for entry in 0..<number(directory, 2) {
            let place = directory + 2 + entry * 12
            guard place + 12 <= bytes.count else { return }
            // Both tags are one 16-bit number.
            let value = number(place + 8, 2)
            switch number(place, 2) {
            case 0x0112: orientation = Orientation(exif: value)
            case 0x0103: isJPEGInTIFF = value == 6 || value == 7
            default: break
            }
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ count: Int, isBigEndian: Bool) -> UInt32 {
        guard place >= 0, place + count <= bytes.count else { return 0 }
        return (0..<count).reduce(0) { $0 << 8 | UInt32(clamping: bytes[place + (isBigEndian ? $1 : count - 1 - $1)]) }
    }
}

extension Orientation {
    /// EXIF 2.32, tag 274: where row 0 and column 0 of the stored picture lie. Nil for anything but 1 to 8.
    init?(exif: Int) {
        switch exif {
        case 1: self = .upright
        case 2: self.init(isMirrored: true)
        case 3: self.init(quarters: 2)
        case 4: self.init(isMirrored: true, quarters: 2)
        case 5: self.init(isMirrored: true, quarters: 3)
        case 6: self.init(quarters: 1)
        case 7: self.init(isMirrored: true, quarters: 1)
        case 8: self.init(quarters: 3)
        default: return nil
        }
    }
}
