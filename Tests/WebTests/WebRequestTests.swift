import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Web

/// Heads as the server understands them, over real connections: what makes them of bytes is NIO's.
@Suite(.timeLimit(.minutes(2)), .ownThread) struct WebRequestTests {
    private final class Heard: Sendable {
        private let requests = Mutex<[WebRequest]>([])
        var last: WebRequest? { requests.withLock { $0.last } }
        func respond(_ request: WebRequest) -> WebResponse {
            requests.withLock { $0.append(request) }
            return WebResponse("heard")
        }
    }

    private let heard = Heard()
    private let server: WebServer

    init() throws {
        let heard = heard
        server = try WebServer(at: WebAddress("127.0.0.1:0")) { heard.respond($0) }
    }

    /// The status that a head is answered with; nil where nothing comes.
    private func status(_ head: String) throws -> Int? {
        let client = try WebClient(port: server.port, patience: 5)
        client.send(head + "\r\n\r\n")
        return Int(client.read(until: "\r\n").dropFirst(9).prefix(3))
    }

    private func parse(_ head: String) throws -> WebRequest {
        try #require(try status(head) == 200, "\(head)")
        return try #require(heard.last)
    }

    @Test func aRequestIsTakenApart() throws {
        let request = try parse(
            "GET /streams/back%20door/poses?token=a+b%21&x HTTP/1.1\r\nHost: here\r\nACCEPT:  a\r\naccept: b ")
        #expect(request.path == ["streams", "back door", "poses"])
        #expect(request.query == ["token": "a b!", "x": ""])
        #expect(request.headers == ["host": "here", "accept": "a, b"])
        #expect(request.keepsAlive && !request.wantsWebSocket)
        #expect(try parse("GET / HTTP/1.0").path == [])
        #expect(try !parse("GET / HTTP/1.0").keepsAlive)
        #expect(try !parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close").keepsAlive)
        #expect(try parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket").wantsWebSocket)
    }

    /// Nothing here touches a file, so a path that climbs is one more that nobody knows.
    @Test func climbingPathsAreNames() throws {
        #expect(try parse("GET /../%2e%2e/a%2Fb HTTP/1.0").path == ["..", "..", "a/b"])
    }

    @Test(arguments: [
        ("GET", 400), ("GET / HTTP/1.1\n", 505), ("GET / HTTP/1.1 \r\nHost: a", 505), ("GET / HTTP/2.0", 505),
        ("GET / HTTP/1.2\r\nHost: a", 505), ("G\u{e9}T / HTTP/1.1\r\nHost: a", 400), ("GET x HTTP/1.1\r\nHost: a", 400),
        ("GET http://a/ HTTP/1.1\r\nHost: a", 400), ("GET /\u{e9} HTTP/1.1\r\nHost: a", 400),
        ("GET /%zz HTTP/1.1\r\nHost: a", 400), ("GET /%f HTTP/1.1\r\nHost: a", 400),
        ("GET /%ff HTTP/1.1\r\nHost: a", 400), ("GET / HTTP/1.1", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded: b", 400), ("GET / HTTP/1.1\r\nHost : a", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nnothing", 400), ("GET / HTTP/1.1\r\nHost: a\nX: b", 400),
        ("POST / HTTP/1.1\r\nHost: a", 405), ("OPTIONS / HTTP/1.1\r\nHost: a", 405), ("CONNECT a:1 HTTP/1.1\r\nHost: a", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5", 413),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0", 400), ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", 413),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n: b", 400),
    ]) func whatIsNoRequestIsRefused(_ head: String, expected: Int) throws { #expect(try status(head) == expected) }

    /// What RFC 9112, 2.2, asks of servers.
    @Test func emptyLinesBeforeARequestAreSkipped() throws {
        #expect(try status("\r\n\r\nGET / HTTP/1.1\r\nHost: a") == 200)
    }

    /// HTTP/2 begins so, and goes on: NIO's parser waits for more, and the server no longer than for any other head.
    @Test func whoSpeaksHTTP2IsSentAway() throws {
        var limits = WebLimits()
        limits.headPatience = .seconds(1)
        let server = try WebServer(at: WebAddress("127.0.0.1:0"), limits: limits) { _ in WebResponse("heard") }
        for rest in ["", "SM\r\n\r\n", "SM\r\n\r\n" + String(repeating: "\0", count: 100)] {
            let client = try WebClient(port: server.port)
            client.send("PRI * HTTP/2.0\r\n\r\n" + rest)
            #expect(!client.read().contains("heard"))
        }
    }

    /// NIO's parser reads nothing behind such a request, so it is the last.
    @Test func whoAsksForAnotherProtocolGetsThisOne() throws {
        let client = try WebClient(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
        let answer = client.read()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("Connection: close\r\n"))
    }

    /// On a connection that was used before, too, as proxies do.
    @Test func aWebSocketMayBeginLater() throws {
        let server = try WebServer(at: WebAddress("127.0.0.1:0")) {
            $0.wantsWebSocket ? WebResponse(body: .socket { _ in Said() }) : WebResponse("first")
        }
        let client = try WebClient(port: server.port)
        client.get("/", "")
        #expect(client.read(until: "first").contains("200 OK"))
        client.upgrade("/")
        #expect(client.head().hasPrefix("HTTP/1.1 101 "))
        #expect(try #require(client.message()) == (1, Array("said".utf8)))
    }

    private final class Said: WebFeed {
        private let isSaid = Mutex(false)
        func next() -> WebPiece? {
            isSaid.withLock { isSaid in
                defer { isSaid = true }
                return isSaid ? nil : .text(Array("said".utf8)[...])
            }
        }
        let heartbeat: [UInt8] = []
        func end() {}
    }

    @Test(arguments: ["c2hvcnQ=", "", "dGhlIHNhbXBsZSBub25jZQ=="]) func onlyAGoodKeyBeginsAWebSocket(key: String) throws {
        let server = try WebServer(at: WebAddress("127.0.0.1:0")) { _ in WebResponse(body: .socket { _ in Said() }) }
        let client = try WebClient(port: server.port)
        client.get(
            "/", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n")
        #expect(client.head().hasPrefix("HTTP/1.1 \(key.count == 24 ? 101 : 400) "))
    }

    @Test func addressesAreUnderstood() throws {
        #expect(try WebAddress("127.0.0.1:8080").isLoopback)
        #expect(try WebAddress("localhost:0").isLoopback)
        #expect(try WebAddress("[::1]:80").isLoopback)
        #expect(try !WebAddress("0.0.0.0:80").isLoopback)
        #expect(try !WebAddress("[::]:80").isLoopback)
        for text in ["8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:80", "no host:80"] {
            #expect(throws: WebError.self, "\(text)") { try WebAddress(text) }
        }
    }
}
