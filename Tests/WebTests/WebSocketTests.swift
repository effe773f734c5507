import TestSupport
import Testing

@testable import Web

/// What a WebSocket's client may say, over real connections.
@Suite(.timeLimit(.minutes(2)), .ownThread) struct WebSocketTests {
    private final class Silence: WebFeed {
        func next() -> WebPiece? { nil }
        let heartbeat: [UInt8] = []
        func end() {}
    }

    private let server: WebServer

    init() throws { server = try WebServer(at: WebAddress("127.0.0.1:0")) { _ in WebResponse(body: .socket { _ in Silence() }) } }

    private func open() throws -> WebClient {
        let client = try WebClient(port: server.port)
        client.upgrade("/")
        try #require(client.head().hasPrefix("HTTP/1.1 101 "))
        return client
    }

    private static func frame(_ first: UInt8, _ payload: [UInt8], length: [UInt8]? = nil) -> [UInt8] {
        [first] + (length ?? [0x80 | UInt8(payload.count)]) + [1, 2, 3, 4] + payload.enumerated().map { $1 ^ UInt8($0 % 4 + 1) }
    }

    private static let polite =
        frame(0x81, [104, 105]) + frame(0x89, [7, 8, 9]) + frame(0x01, [1]) + frame(0x80, [2]) + frame(0x8A, [])
        + frame(0x88, [3, 232])

    @Test(arguments: [1, 2, 7, 1000]) func framesAreReadHoweverTheyAreCut(size: Int) throws {
        let client = try open()
        for start in stride(from: 0, to: Self.polite.count, by: size) { client.send(Array(Self.polite[start...].prefix(size))) }
        #expect(try #require(client.message()) == (10, [7, 8, 9]))
        #expect(try #require(client.message()) == (8, [3, 232]))
        #expect(client.message() == nil)
    }

    @Test(arguments: [
        ([0x81, 0x01, 0x61], 1002, "not masked"), (frame(0xC1, []), 1002, "a reserved bit"),
        (frame(0x83, []), 1002, "an unknown code"), (frame(0x8B, []), 1002, "an unknown control code"),
        (frame(0x09, []), 1002, "a ping in parts"), (frame(0x89, [], length: [0xFE, 0, 126]), 1002, "a long ping"),
        (frame(0x80, []), 1002, "the middle of nothing"),
        (frame(0x01, []) + frame(0x81, []), 1002, "a beginning in the middle"), (frame(0x88, [3]), 1002, "half a code"),
        (frame(0x82, [], length: [0xFE, 0x10, 0x01]), 1009, "too long"),
        (frame(0x82, [], length: [0xFF, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF]), 1009, "much too long"),
        (frame(0x82, [], length: [0xFF] + [UInt8](repeating: 0xFF, count: 8)), 1009, "endless"),
        (frame(0x82, [], length: [0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009, "just endless"),
    ]) func framesThatBreakTheRulesEndTheTalk(_ bytes: [UInt8], code: UInt16, what: String) throws {
        let client = try open()
        client.send(bytes)
        let message = try #require(client.message(), "\(what)")
        #expect(message == (8, [UInt8(code >> 8), UInt8(code & 0xFF)]), "\(what)")
        #expect(client.message() == nil)
    }

    @Test(arguments: [0, 125, 126, 65535, 65536]) func lengthsAreWrittenInTheShortestForm(count: Int) throws {
        let server = try WebServer(at: WebAddress("127.0.0.1:0")) { _ in WebResponse(body: .socket { _ in Once(count) }) }
        let client = try WebClient(port: server.port)
        client.upgrade("/")
        _ = client.head()
        let big = withUnsafeBytes(of: UInt64(count).bigEndian) { Array($0) }
        let head: [UInt8] =
            count < 126 ? [0x82, UInt8(count)] : count < 65536 ? [0x82, 126] + big.suffix(2) : [0x82, 127] + big
        #expect(client.bytes(atMost: head.count) == head)
    }

    private final class Once: WebFeed {
        private let count: Int
        nonisolated(unsafe) private var isOver = false  // asked on the server's thread only
        init(_ count: Int) { self.count = count }
        func next() -> WebPiece? {
            defer { isOver = true }
            return isOver ? .end : .binary([UInt8](repeating: 0, count: count)[...])
        }
        let heartbeat: [UInt8] = []
        func end() {}
    }
}
