import Basics

/// A request's head. There is never a body: the server refuses what has one.
package struct WebRequest: Sendable, Equatable {
    /// `GET` or `HEAD`.
    package let method: String
    /// What stands between the slashes of the path, decoded: empty for `/`.
    package let path: [String]
    package let query: [String: String]
    /// Names in lower case; values of one name joined by commas.
    package let headers: [String: String]
    /// Whether the client leaves the connection open for another request.
    let keepsAlive: Bool

    /// Whether the client wants to speak WebSocket.
    package var wantsWebSocket: Bool {
        headers["upgrade"]?.lowercased() == "websocket" && tokens(of: "connection").contains("upgrade")
    }

    /// The words of a header that is a list.
    func tokens(of header: String) -> [String] { Self.tokens(headers[header] ?? "") }

    private static func tokens(_ value: String) -> [String] {
        value.lowercased().split(separator: ",").map { trimmed($0) }
    }
}

/// What is answered to a request that is not as it should be.
struct Refusal: Error, Equatable {
    let status: Int
    let reason: String
}

extension WebRequest {
    /// Parses a head without its empty line, as RFC 9112 has it and no more loosely.
    init(head: ArraySlice<UInt8>) throws(Refusal) {
        // What is no UTF-8 is no token either, and is shown as a question mark in values.
        var lines = String(decoding: head, as: UTF8.self).unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
            .map { String($0) }
        for index in lines.indices.dropLast() {
            guard lines[index].unicodeScalars.last == "\r" else { throw Refusal(status: 400, reason: "a line ends without CR") }
            lines[index].unicodeScalars.removeLast()
        }
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, isToken(words[0]) else { throw Refusal(status: 400, reason: "no request line") }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { throw Refusal(status: 505, reason: "only HTTP/1.1") }
        guard words[1].hasPrefix("/"), words[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(status: 400, reason: "the target is no path")
        }
        let isCurrent = words[2] == "HTTP/1.1"
        let headers = try Self.headers(lines)
        guard !isCurrent || headers["host"] != nil else { throw Refusal(status: 400, reason: "no Host") }
        guard headers["transfer-encoding"] == nil, headers["content-length"] ?? "0" == "0" else {
            throw Refusal(status: 413, reason: "nothing can be sent here")
        }
        guard words[0] == "GET" || words[0] == "HEAD" else { throw Refusal(status: 405, reason: "only GET and HEAD") }
        let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let name = decoded(part, plusIsSpace: false) else { throw Refusal(status: 400, reason: "a bad escape") }
            path.append(name)
        }
        var query: [String: String] = [:]
        for item in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = decoded(pair[0], plusIsSpace: true),
                let value = decoded(pair.count > 1 ? pair[1] : "", plusIsSpace: true)
            else { throw Refusal(status: 400, reason: "a bad escape") }
            query[key] = value
        }
        let connection = Self.tokens(headers["connection"] ?? "")
        self.init(
            method: String(words[0]), path: path == [""] ? [] : path, query: query, headers: headers,
            keepsAlive: isCurrent ? !connection.contains("close") : connection.contains("keep-alive"))
    }

    private static func headers(_ lines: [String]) throws(Refusal) -> [String: String] {
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), isToken(line[..<colon]),
                line.unicodeScalars.allSatisfy({ $0 == "\t" || $0.value >= 0x20 && $0.value != 0x7F })
            else { throw Refusal(status: 400, reason: "a bad header") }
            let name = line[..<colon].lowercased()
            let value = trimmed(line[line.index(after: colon)...])
            if let before = headers[name] {
                guard name != "host", name != "content-length" else { throw Refusal(status: 400, reason: "\(name) comes twice") }
                headers[name] = before + ", " + value
            } else {
                headers[name] = value
            }
        }
        return headers
    }
}

private func trimmed(_ text: some StringProtocol) -> String {
    var rest = text.unicodeScalars[...]
    while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    return String(String.UnicodeScalarView(rest))
}

/// RFC 9110, 5.6.2.
private func isToken(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}

/// The text behind its %-escapes; nil where they are none, or no UTF-8.
private func decoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            rest = rest.dropFirst(2)
            bytes.append(value)
        } else {
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}
