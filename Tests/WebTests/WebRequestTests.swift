import Testing

@testable import Web

@Suite struct WebRequestTests {
    private func parse(_ text: String) throws(Refusal) -> WebRequest { try WebRequest(head: Array(text.utf8)[...]) }

    private func status(_ text: String) -> Int? {
        do throws(Refusal) {
            _ = try parse(text)
            return nil
        } catch { return error.status }
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
        ("", 400), ("GET", 400), ("GET / HTTP/1.1\n", 400), ("GET  / HTTP/1.1\r\nHost: a", 400), ("GET / HTTP/2.0", 505),
        ("G\u{e9}T / HTTP/1.1\r\nHost: a", 400), ("GET x HTTP/1.1\r\nHost: a", 400),
        ("GET http://a/ HTTP/1.1\r\nHost: a", 400), ("GET /\u{e9} HTTP/1.1\r\nHost: a", 400),
        ("GET /%zz HTTP/1.1\r\nHost: a", 400), ("GET /%f HTTP/1.1\r\nHost: a", 400),
        ("GET /%ff HTTP/1.1\r\nHost: a", 400), ("GET / HTTP/1.1", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded: b", 400), ("GET / HTTP/1.1\r\nHost : a", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}", 400), ("GET / HTTP/1.1\r\nHost: a\r\nnothing", 400),
        ("POST / HTTP/1.1\r\nHost: a", 405), ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5", 413),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", 413),
    ]) func whatIsNoRequestIsRefused(_ text: String, expected: Int) { #expect(status(text) == expected) }

    /// The example of RFC 6455, 1.3, and test vectors of FIPS 180.
    @Test func theHandshakeIsAnswered() throws {
        let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        let headers = try #require(try parse(upgrade + "dGhlIHNhbXBsZSBub25jZQ==").webSocketHeaders)
        #expect(headers.contains { $0 == ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") })
        #expect(try parse(upgrade + "c2hvcnQ=").webSocketHeaders == nil)
        #expect(hex(sha1([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex(sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex(sha1([UInt8](repeating: 0x61, count: 1_000))) == "291e9a6c66994949b57ba5e650361e98fc36b1ba")
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
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
