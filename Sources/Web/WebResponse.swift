import NIOHTTP1

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

    init(_ refusal: HTTPError) {
        self.init(status: refusal.status, refusal.reason + "\n")
        if refusal.status == 405 { headers.append(("Allow", "GET, HEAD")) }
        if refusal.status == 503 || refusal.status == 429 { headers.append(("Retry-After", "10")) }
    }

    func head(closes: Bool) -> HTTPResponseHead {
        var fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if case .bytes(let bytes) = body { fields.add(name: "Content-Length", value: "\(bytes.count)") }
        if closes { fields.add(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
    }
}
