import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Web

/// A feed of numbered lines that never ends, and counts who takes them.
private final class Lines: WebFeed {
    let taken = Mutex(0)
    let isOver = Mutex(false)
    let size: Int
    let last: Int

    init(size: Int = 10, last: Int = .max) { (self.size, self.last) = (size, last) }

    func next() -> WebPiece? {
        let number = taken.withLock { taken in
            taken += 1
            return taken
        }
        return number > last ? .end : .text((Array("\(number)".utf8) + [UInt8](repeating: 0x2E, count: size))[...])
    }
    let heartbeat: [UInt8] = []
    func end() { isOver.withLock { $0 = true } }
}

@Suite(.timeLimit(.minutes(10)), .ownThread) struct WebServerTests {
    private func serve(
        _ limits: WebLimits = WebLimits(),
        _ respond: @escaping @Sendable (WebRequest) -> WebResponse = { WebResponse("\($0.path)") }
    ) throws -> WebServer {
        try WebServer(at: WebAddress("127.0.0.1:0"), limits: limits, respond: respond)
    }

    private func wait(for condition: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(180)
        while try !condition() {
            try #require(.now < deadline, "what was waited for did not happen")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// With the one that listens.
    private func openSockets(of server: WebServer) throws -> Int {
        try InternetSocket.all().count { $0.port == server.port }
    }

    @Test func requestsAreAnsweredInTurnOnOneConnection() throws {
        let server = try serve()
        let client = try WebClient(port: server.port)
        let request = "GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.0\r\n\r\n"
        for byte in request.utf8 { client.send([byte]) }
        let answer = client.read()
        let expected = [#"["a"]"#, "Content-Length: 5\r\n\r\nHTTP/1.1 200 OK", #"["c"]"#]
        #expect(expected.allSatisfy { answer.contains($0) } && !answer.contains(#"["b"]"#), "\(answer)")
        #expect(answer.hasSuffix("Connection: close\r\n\r\n[\"c\"]"))
        #expect(server.counts.requests == 3)
    }

    @Test func whatIsNoRequestIsToldSo() throws {
        let server = try serve()
        for (bytes, status) in [
            (Array("nonsense\r\n\r\n".utf8), "400"), (Array("POST / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), "405"),
            ([UInt8](repeating: 0x41, count: 100_000), "431"), (Array("\u{16}\u{3}\u{1}\r\n\r\n".utf8), "400"),
        ] {
            let client = try WebClient(port: server.port)
            client.send(bytes)
            #expect(client.read().hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test func whoDawdlesIsSentAway() async throws {
        var limits = WebLimits()
        limits.headPatience = .seconds(1)
        limits.idlePatience = .seconds(1)
        let server = try serve(limits)
        let (silent, slow, idle) = (
            try WebClient(port: server.port), try WebClient(port: server.port), try WebClient(port: server.port)
        )
        idle.get("/", "")
        #expect(idle.read(until: "[]").contains("200 OK"))
        for byte in "GET / HTTP/1.1\r\nHost: slow".utf8 {
            guard slow.send([byte]) else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(slow.read().hasPrefix("HTTP/1.1 408 "))
        #expect(silent.read().isEmpty && idle.read().isEmpty)
        try await wait { server.counts.connections == 0 }
    }

    @Test func manyMoreThanTheLimitAreRefusedAndNothingLeaks() async throws {
        var limits = WebLimits()
        // Those who keep their places say nothing until all others were refused.
        (limits.maxConnections, limits.headPatience) = (8, .seconds(60))
        let server = try serve(limits)
        let kept = try (0..<8).map { _ in try WebClient(port: server.port) }
        try await wait { server.counts.connections == 8 }
        for _ in 0..<10 {
            let refused = try (0..<100).map { _ in try WebClient(port: server.port) }
            for client in refused { #expect(client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 503 ")) }
        }
        #expect(server.counts.refused == 1000)
        for client in kept {
            client.get("/")
            #expect(client.read().contains("200 OK"))
        }
        try await wait { try server.counts.connections == 0 && openSockets(of: server) == 1 }
    }

    /// Also those who left the reserve by themselves and are still there when others come.
    @Test func whoIsRefusedIsCountedOnce() async throws {
        var limits = WebLimits()
        (limits.maxConnections, limits.reserve, limits.reservePatience) = (2, 4, 50)
        let server = try serve(limits)
        let kept = try (0..<2).map { _ in try WebClient(port: server.port) }
        try await wait { server.counts.connections == 2 }
        var refused: [WebClient] = []
        for round in 1...5 {
            let more = try (0..<10).map { _ in try WebClient(port: server.port) }
            for client in more { #expect(client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 503 ")) }
            refused += more
            #expect(server.counts.refused == 10 * round)
        }
        withExtendedLifetime((kept, refused)) {}
    }

    @Test func aReaderThatSleepsHoldsUpNobody() async throws {
        let feed = Lines(size: 10_000)
        let server = try serve { $0.path == ["feed"] ? WebResponse(body: .feed { _ in feed }) : WebResponse("here") }
        do {
            let asleep = try WebClient(port: server.port, window: 4096)
            asleep.get("/feed")
            try await wait { feed.taken.withLock { $0 } > 3 }
            for _ in 0..<50 {
                let client = try WebClient(port: server.port)
                client.get("/")
                #expect(client.read().hasSuffix("here"))
            }
            // No more was made than the kernel took.
            #expect(feed.taken.withLock { $0 } < 200)
            #expect(asleep.read(until: "3....").contains("1...."))
        }
        try await wait { try feed.isOver.withLock { $0 } && openSockets(of: server) == 1 }
    }

    @Test func aWebSocketBeginsWithAHandshake() throws {
        let server = try serve { $0.wantsWebSocket ? WebResponse(body: .socket { _ in Lines(last: 3) }) : WebResponse("no") }
        let client = try WebClient(port: server.port)
        client.upgrade("/")
        let answer = client.read()
        #expect(answer.hasPrefix("HTTP/1.1 101 ") && answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        let other = try WebClient(port: server.port)
        other.upgrade("/", "Sec-WebSocket-Key: again\r\n")
        #expect(other.read().hasPrefix("HTTP/1.1 400 "))
    }

    @Test func whatAWebSocketClientDoesWrongEndsOnlyIt() async throws {
        let feeds = Mutex<[Lines]>([])
        let server = try serve { _ in
            WebResponse(
                body: .socket { _ in
                    let feed = Lines(last: 2)
                    feeds.withLock { $0.append(feed) }
                    return Waiting(feed)
                })
        }
        func open() throws -> WebClient {
            let client = try WebClient(port: server.port)
            client.upgrade("/")
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
                let byte = client.bytes(atMost: 1)
                try #require(!byte.isEmpty)
                head += byte
            }
            for number in 1...2 { #expect(client.message()?.payload.first == UInt8(ascii: "0") + UInt8(number)) }
            return client
        }
        let polite = try open()
        polite.send(frame: 9, [1, 2, 3])
        #expect(try #require(polite.message()) == (10, [1, 2, 3]))
        let loud = try open()
        loud.send(frame: 1, [UInt8](repeating: 65, count: 5000))
        #expect(try #require(loud.message()) == (8, [3, 241]))
        let bare = try open()
        bare.send([0x81, 0x01, 0x61])
        #expect(try #require(bare.message()) == (8, [3, 234]))
        #expect(bare.message() == nil)
        polite.send(frame: 8, [3, 232])
        #expect(try #require(polite.message()) == (8, [3, 232]))
        #expect(polite.message() == nil)
        try await wait { feeds.withLock { $0.allSatisfy { $0.isOver.withLock { $0 } } } }
        let last = try open()
        server.stop()
        #expect(try #require(last.message()) == (8, [3, 233]))
    }

    @Test func noiseIsSurvived() async throws {
        let server = try serve { _ in WebResponse(body: .socket { _ in Waiting(Lines(last: 0)) }) }
        for round in 0..<200 {
            let client = try WebClient(port: server.port)
            if round % 2 == 0 { client.upgrade("/") }
            client.send((0..<Int.random(in: 1...2_000)).map { _ in UInt8.random(in: 0...255) })
        }
        try await wait { try server.counts.connections == 0 && openSockets(of: server) == 1 }
    }
}

/// Hands on until the end, which never comes.
private final class Waiting: WebFeed {
    private let lines: Lines
    init(_ lines: Lines) { self.lines = lines }
    func next() -> WebPiece? { lines.taken.withLock { $0 } < lines.last ? lines.next() : nil }
    let heartbeat: [UInt8] = []
    func end() { lines.end() }
}
