import Basics
import FoundationEssentials

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

    /// Whether it asks for the one version that there is, with a key as it should be (RFC 6455, 4.2).
    var beginsWebSocket: Bool {
        method == "GET" && wantsWebSocket && headers["sec-websocket-version"] == "13"
            && headers["sec-websocket-key"].flatMap { Data(base64Encoded: $0) }?.count == 16
    }

    /// The words of a header that is a list.
    func tokens(of header: String) -> [String] {
        (headers[header] ?? "").lowercased().split(separator: ",").map { trimmed($0) }
    }
}

/// What is answered to a request that is not as it should be.
struct HTTPError: Error, Equatable {
    let status: Int
    let reason: String
}

extension WebRequest {
    /// Takes what a parser made of a head, and refuses what it may have let through.
    init(
        method: String, target: String, isCurrent: Bool, keepsAlive: Bool, headers lines: [(name: String, value: String)]
    ) throws(HTTPError) {
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw HTTPError(status: 400, reason: "the target is no path")
        }
        let headers = try Self.headers(lines)
        guard !isCurrent || headers["host"] != nil else { throw HTTPError(status: 400, reason: "no Host") }
        guard headers["transfer-encoding"] == nil, headers["content-length"] ?? "0" == "0" else {
            throw HTTPError(status: 413, reason: "nothing can be sent here")
        }
        guard method == "GET" || method == "HEAD" else { throw HTTPError(status: 405, reason: "only GET and HEAD") }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let name = percentDecoded(part) else { throw HTTPError(status: 400, reason: "a bad escape") }
            path.append(name)
        }
        var query: [String: String] = [:]
        for item in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = percentDecoded(pair[0], plusIsSpace: true),
                let value = percentDecoded(pair.count > 1 ? pair[1] : "", plusIsSpace: true)
            else { throw HTTPError(status: 400, reason: "a bad escape") }
            query[key] = value
        }
        self.init(
            method: method, path: path == [""] ? [] : path, query: query, headers: headers,
            // NIO's parser reads nothing behind a request that asks for another protocol.
            keepsAlive: keepsAlive && headers["upgrade"] == nil)
    }

    private static func headers(_ lines: [(name: String, value: String)]) throws(HTTPError) -> [String: String] {
        var headers: [String: String] = [:]
        for line in lines {
            // A line that goes on in the next one has both in its value.
            guard line.value.unicodeScalars.allSatisfy({ $0 == "\t" || $0.value >= 0x20 && $0.value != 0x7F }) else {
                throw HTTPError(status: 400, reason: "a bad header")
            }
            let (name, value) = (line.name.lowercased(), trimmed(line.value))
            if let before = headers[name] {
                guard name != "host", name != "content-length" else {
                    throw HTTPError(status: 400, reason: "\(name) comes twice")
                }
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
