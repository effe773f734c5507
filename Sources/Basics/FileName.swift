/// Paths are bytes, and not all of them are UTF-8: old disks and cameras write names in Latin-1. A path travels as text in which
/// each byte that is no UTF-8 is a character of its own, U+10FF80 to U+10FFFF, so that nothing is lost on the way.
package enum FileName {
    private static let base: UInt32 = 0x10FF00

    /// The text of a path's bytes.
    package static func text(of bytes: some Sequence<UInt8>) -> String {
        var result = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let length = lengthOfCharacter(rest)
            if length > 0 {
                result.append(contentsOf: String(decoding: rest.prefix(length), as: UTF8.self).unicodeScalars)
            } else {
                result.append(Unicode.Scalar(base + UInt32(rest.first!))!)  // fits: a byte
            }
            rest = rest.dropFirst(max(length, 1))
        }
        return String(result)
    }

    /// The bytes of a path's text, for the system.
    package static func bytes(of text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar -> [UInt8] in
            isByte(scalar) ? [UInt8(scalar.value - base)] : Array(String(scalar).utf8)  // fits: a byte
        }
    }

    /// For a person and for records: each byte that is no text is a replacement character.
    package static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isByte) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isByte($0) ? "\u{FFFD}" : $0 }))
    }

    private static func isByte(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= base + 0x80 }

    /// How many bytes the UTF-8 character in front takes; 0 where there is none.
    private static func lengthOfCharacter(_ bytes: ArraySlice<UInt8>) -> Int {
        let length =
            switch bytes.first! {
            case ..<0x80: 1
            case 0xC2..<0xE0: 2
            case 0xE0..<0xF0: 3
            case 0xF0..<0xF5: 4
            default: 0
            }
        guard length > 0, bytes.count >= length else { return 0 }
        return String(validating: bytes.prefix(length), as: UTF8.self) == nil ? 0 : length
    }
}

extension String {
    /// Hands this path to a function of the system.
    package func withPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        // Nearly all are text.
        guard unicodeScalars.contains(where: { $0.value > 0x10FF00 }) else { return withCString(body) }
        return (FileName.bytes(of: self).map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}
