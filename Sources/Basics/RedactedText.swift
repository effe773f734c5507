/// The text with every address in it redacted.
///
/// An address reaches to the next white space, for its password may hold anything else.
package func redacted(text: String) -> String {
    guard text.contains("://") else { return text }
    var result = ""
    var rest = text[...]
    while let first = rest.first {
        let word = rest.prefix { $0.isWhitespace == first.isWhitespace }
        result += redacted(word: word)
        rest = rest[word.endIndex...]
    }
    return result
}

private func redacted(word: Substring) -> String {
    guard let mark = word.firstRange(of: "://") else { return String(word) }
    let start = word[..<mark.lowerBound].lastIndex { !($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    let scheme = start.map { word.index(after: $0) } ?? word.startIndex
    var address = word[scheme...]
    var before = String(word[..<scheme])
    // Several run together, or a password that looks like an address: nothing before the last @ can be told apart.
    if word[mark.upperBound...].contains("://"), let at = address.lastIndex(of: "@") {
        before += address[..<mark.upperBound] + "***@"
        address = address[address.index(after: at)...]
        return before + address
    }
    return before + redacted(uri: String(address))
}
