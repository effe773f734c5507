import Basics

/// What a request is answered with.
package struct WebResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Goes on until one side ends it.
        case feed(WebFeedMaker)
        /// The same as messages of a WebSocket; for requests that want one.
        case socket(WebFeedMaker)
    }

    /// Who is answered when there is no place left.
    package enum Claim: Sendable {
        case ordinary
        /// The client has shown that it is known, such as by a token.
        case known
        /// Whoever watches over the service asks for this.
        case vital
    }

    package var claim = Claim.ordinary
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: Body

    package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: Int = 200, type: String = "text/plain; charset=utf-8", _ text: String) {
        self.init(status: status, headers: [("Content-Type", type)], body: .bytes(Array(text.utf8)))
    }

    init(_ refusal: Refusal) {
        self.init(status: refusal.status, refusal.reason + "\n")
        if refusal.status == 405 { headers.append(("Allow", "GET, HEAD")) }
        if refusal.status == 503 || refusal.status == 429 { headers.append(("Retry-After", "10")) }
    }

    /// The head, with its empty line.
    func head(closes: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.phrases[status] ?? "Unknown")\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if case .bytes(let bytes) = body { text += "Content-Length: \(bytes.count)\r\n" }
        if closes { text += "Connection: close\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private static let phrases = [
        101: "Switching Protocols", 200: "OK", 204: "No Content", 303: "See Other", 400: "Bad Request", 401: "Unauthorized",
        403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large",
        421: "Misdirected Request", 426: "Upgrade Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
    ]
}
