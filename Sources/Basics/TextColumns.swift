import Glibc

/// A number with so many decimals, as printf(3) writes it: `0.50`.
package func decimals(_ value: some BinaryFloatingPoint, _ count: Int) -> String {
    let arguments: [any CVarArg] = [CInt(clamping: count), Double(value)]
    // No number has more than 309 digits before its decimals.
    return String(unsafeUninitializedCapacity: 320 + count) { bytes in
        bytes.withMemoryRebound(to: CChar.self) { text in
            Int(clamping: withVaList(arguments) { vsnprintf(text.baseAddress, text.count, "%.*f", $0) })
        }
    }
}

extension StringProtocol {
    /// With spaces behind it, `width` wide or wider.
    package func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

    /// With spaces before it, `width` wide or wider.
    package func led(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }

    /// Without white space at its ends.
    package var trimmed: String {
        var rest = unicodeScalars[...]
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(String.UnicodeScalarView(rest))
    }
}
