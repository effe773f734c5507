import Foundation
import TestSupport
import Testing

@testable import Web

/// However many come, those who watch over the service and those who are known get in.
@Suite(.timeLimit(.minutes(2)), .ownThread) struct WebPlacesTests {
    private static func respond(_ request: WebRequest) -> WebResponse {
        var response = WebResponse("\(request.path)")
        if request.path == ["feed"] { response = WebResponse(body: .feed { _ in Silence() }) }
        if request.path == ["socket"] { response = WebResponse(body: .socket { _ in Silence() }) }
        if request.path == ["healthz"] { response.claim = .vital }
        if request.query["token"] != nil { response.claim = .known }
        return response
    }

    /// A feed that says nothing, and never ends.
    private final class Silence: WebFeed {
        func next() -> WebPiece? { nil }
        let heartbeat: [UInt8] = []
        func end() {}
    }

    private func serve(_ limits: WebLimits = WebLimits()) throws -> WebServer {
        try WebServer(at: WebAddress("127.0.0.1:0"), limits: limits) { Self.respond($0) }
    }

    private func answer(_ path: String, of server: WebServer) throws -> String {
        let client = try WebClient(port: server.port)
        client.get(path)
        return client.read()
    }

    private func wait(for condition: () throws -> Bool) async throws {
        while try !condition() { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test(arguments: [256, 300, 700]) func idleClientsKeepNobodyOutWhoMatters(count: Int) async throws {
        var limits = WebLimits()
        // The idle ones are there until the end, however slow the machine.
        limits.headPatience = .seconds(600)
        let server = try serve(limits)
        let idle = try (0..<count).map { _ in try WebClient(port: server.port) }
        try await wait { server.counts.connections + server.counts.refused >= min(count, 256) }
        for _ in 1...5 {
            #expect(try answer("/healthz", of: server).contains("200 OK"))
            #expect(try answer("/streams?token=1", of: server).contains("200 OK"))
            #expect(try answer("/streams", of: server).hasPrefix("HTTP/1.1 503 "))
        }
        // Those who are known keep their places.
        let known = try WebClient(port: server.port)
        known.get("/feed?token=1")
        #expect(known.head().hasPrefix("HTTP/1.1 200 "))
        withExtendedLifetime(idle) {}
    }

    @Test func whoIsSilentInTheReserveIsSentAwaySoon() async throws {
        var limits = WebLimits()
        (limits.maxConnections, limits.reserve) = (1, 2)
        let server = try serve(limits)
        let first = try WebClient(port: server.port)
        try await wait { server.counts.connections == 1 }
        let others = try (0..<4).map { _ in try WebClient(port: server.port) }
        for other in others { #expect(other.read().hasPrefix("HTTP/1.1 503 ")) }
        first.get("/")
        #expect(first.read().contains("200 OK"))
        try await wait { server.counts.connections == 0 }
        #expect(server.counts.refused == 4)
    }

    @Test func anAddressHasSoManyPlacesAndThisMachineAll() {
        var limits = WebLimits()
        (limits.maxConnections, limits.maxPerAddress) = (5, 2)
        var places = WebPlaces(limits)
        var id = 0
        func status(_ address: UInt8...) -> Int? {
            id += 1
            return places.take(id, from: address)?.status
        }
        #expect([status(10, 0, 0, 1), status(10, 0, 0, 1), status(10, 0, 0, 1)] == [nil, nil, 429])
        #expect(status(10, 0, 0, 2) == nil)
        #expect([status(), status(), status(), status(10, 0, 0, 1)] == [nil, nil, 503, 503])
        // Who is known makes room, and has a place of its own.
        for id in [1, 3] {
            let isLetIn = places.recognize(id)
            #expect(isLetIn)
        }
        #expect([status(10, 0, 0, 1), status(10, 0, 0, 1)] == [nil, 503])
        for id in [2, 9] { places.release(id) }
        #expect([status(10, 0, 0, 1), status(10, 0, 0, 1), status(10, 0, 0, 1)] == [nil, nil, 503])
    }

    @Test func ofThoseTooManyTheFirstLeavesTheReserve() {
        var limits = WebLimits()
        (limits.maxConnections, limits.reserve) = (0, 2)
        var places = WebPlaces(limits)
        let first = [places.take(1, from: []), places.take(2, from: [])].map { $0?.status }
        #expect(first == [503, 503] && places.surplus == nil)
        let third = places.take(3, from: [])?.status
        #expect(third == 503 && places.surplus == 1)
        places.release(1)
        #expect(places.surplus == nil)
        let isLetIn = places.recognize(2)
        #expect(!isLetIn, "as many as may be known are there")
    }

    @Test(arguments: ["/feed", "/socket"]) func whoUploadsForEverIsSentAway(path: String) throws {
        let server = try serve()
        let client = try WebClient(port: server.port)
        if path == "/socket" { client.upgrade(path) } else { client.get(path) }
        #expect(client.head().hasPrefix("HTTP/1.1 "))
        var sent = 0
        while sent < 100 << 20 {
            // Pings, masked with zeros, or anything.
            let bytes = path == "/socket" ? [0x89, 0x84, 0, 0, 0, 0, 1, 2, 3, 4] : [UInt8](repeating: 1, count: 1 << 16)
            guard client.send(bytes) else { break }
            sent += bytes.count
        }
        #expect(sent < 32 << 20)
    }

    @Test func whoUploadsAfterARefusalIsHeardNoLongerThanItTakesToRead() throws {
        let server = try serve()
        let client = try WebClient(port: server.port)
        client.send("nonsense\r\n\r\n")
        var sent = 0
        while sent < 100 << 20, client.send([UInt8](repeating: 1, count: 1 << 16)) { sent += 1 << 16 }
        #expect(sent < 32 << 20)
    }
}
