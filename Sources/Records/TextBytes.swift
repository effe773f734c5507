import Basics
import PoseTypes

/// The bytes of JSON or of a table, appended piece by piece. It knows no structure: the caller adds the commas.
package struct TextBytes {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Appends text as it stands.
    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
    mutating func append(_ text: ArraySlice<UInt8>) { bytes.append(contentsOf: text) }

    /// Appends a JSON string in quotes, escaped as RFC 8259 section 7 demands and no further.
    package mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): raw(#"\n"#)
            case UInt8(ascii: "\t"): raw(#"\t"#)
            case 0..<32:
                raw(#"\u00"#)
                bytes += [UInt8(ascii: "0") + byte >> 4, Array("0123456789abcdef".utf8)[Int(clamping: byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func optional(_ text: String?) {
        if let text { string(text) } else { raw("null") }
    }

    package mutating func integer(_ value: some BinaryInteger) {
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Appends a number with two decimals, what pixels are given in.
    mutating func pixels(_ value: Float) { fixed(Double(value), scale: 100) }

    /// Appends a number with four decimals.
    mutating func score(_ value: Float) { fixed(Double(value), scale: 10_000) }

    /// Appends `value` with as many decimals as `scale`, a power of ten, has zeros. Rounds to nearest, ties to even, as
    /// `printf` does: a Float times 10,000 is exact in a Double. What is not finite becomes 0, for JSON has no word
    /// for it.
    mutating func fixed(_ value: Double, scale: UInt64) {
        let limit = 1e15
        let scaled = value.isFinite ? (value * Double(scale)).rounded(.toNearestOrEven) : 0
        let number = Int64(saturating: min(max(scaled, -limit), limit))
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, fraction) = number.magnitude.quotientAndRemainder(dividingBy: scale)
        digits(whole)
        bytes.append(UInt8(ascii: "."))
        var place = scale / 10
        var left = fraction
        while place > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(clamping: left / place))
            left %= place
            place /= 10
        }
    }

    private mutating func digits(_ value: UInt64) {
        var place: UInt64 = 1
        while value / place >= 10 { place *= 10 }
        var left = value
        while place > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(clamping: left / place))
            left %= place
            place /= 10
        }
    }
}
