import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Web

/// The server over TLS, as curl and openssl see it.
@Suite(.timeLimit(.minutes(5)), .ownThread) final class WebTLSTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID())")
    private let certificates: Certificates

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificates = try Certificates(in: folder)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func tls(_ certificate: String? = nil, _ key: String? = nil, clients authority: String? = nil) throws -> WebTLS {
        try WebTLS(
            certificate: bytes(certificate ?? certificates.certificate), key: bytes(key ?? certificates.key),
            clientAuthority: authority.map(bytes))
    }

    private func serve(
        at address: String = "127.0.0.1:0", _ tls: WebTLS? = nil, _ limits: WebLimits = WebLimits()
    ) throws -> WebServer {
        try WebServer(at: WebAddress(address), tls: tls ?? self.tls(), limits: limits) { request in
            if request.path == ["feed"] { return WebResponse(body: .feed { Numbers($0) }) }
            var response = WebResponse("\(request.path)\n")
            if request.query["token"] != nil { response.claim = .known }
            if request.path == ["healthz"] { response.claim = .vital }
            return response
        }
    }

    /// A number every few milliseconds.
    private final class Numbers: WebFeed {
        private let number = Mutex(0)
        private let onReady: @Sendable () -> Void
        init(_ onReady: @escaping @Sendable () -> Void) { self.onReady = onReady }
        func next() -> WebPiece? {
            let number = number.withLock { number in
                number += 1
                return number
            }
            if number % 2 == 0 {
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.005, execute: onReady)
                return nil
            }
            return .text(Array("\(number)\n".utf8)[...])
        }
        let heartbeat: [UInt8] = []
        func end() {}
    }

    private func curl(_ server: WebServer, _ path: String = "/", _ more: String...) throws -> (status: Int32, text: String) {
        let (status, text, _) = try outcome(
            of: [
                "curl", "-sS", "--max-time", "20", "--cacert", certificates.authority, "https://localhost:\(server.port)\(path)",
            ]
                + more)
        return (status, text)
    }

    private func openssl(_ server: WebServer, _ more: String...) throws -> (status: Int32, text: String) {
        let (status, text, complaint) = try outcome(
            of: ["openssl", "s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", certificates.authority] + more)
        return (status, text + complaint)
    }

    private func wait(for condition: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try !condition() {
            try #require(.now < deadline, "what was waited for did not happen")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func itSpeaksHTTP1AndNothingElse() throws {
        let server = try serve()
        for option in ["--http1.1", "--http2", "--no-alpn"] {
            let (status, text) = try curl(server, "/a", option, "-w", "%{http_version} %{num_connects}")
            #expect(status == 0 && text == "[\"a\"]\n1.1 1", "\(option)")
        }
        #expect(try openssl(server, "-alpn", "h2,http/1.1").text.contains("ALPN protocol: http/1.1"))
        // Whoever trusts nobody hears nothing.
        #expect(try outcome(of: ["curl", "-sS", "https://localhost:\(server.port)/"]).status == 60)
    }

    /// The client is made to offer what it would not by itself, so that it is the server that refuses.
    @Test func oldVersionsAndWeakCiphersAreRefused() throws {
        let server = try serve()
        for version in ["-tls1", "-tls1_1"] {
            let (status, text) = try openssl(server, version, "-cipher", "ALL:@SECLEVEL=0")
            #expect(status != 0 && text.contains("alert protocol version"), "\(version): \(text)")
        }
        let all = try outcome(of: ["openssl", "ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]).text
        let accepted = try all.split(whereSeparator: { ":\n".contains($0) }).filter {
            try openssl(server, "-tls1_2", "-cipher", "\($0):@SECLEVEL=0").status == 0
        }
        #expect(
            accepted.sorted() == ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"])
        for cipher in ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"] {
            #expect(try openssl(server, "-tls1_3", "-ciphersuites", cipher).status == 0, "\(cipher)")
        }
    }

    @Test func aKeyOnAnEllipticCurveIsServed() throws {
        let (certificate, key) = (folder.appending(path: "ec.pem").path, folder.appending(path: "ec.key").path)
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate]
        let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        #expect(try outcome(of: ["openssl", "req", "-x509", "-days", "2"] + name + curve).status == 0)
        let server = try serve(try tls(certificate, key))
        #expect(try curl(server, "/a", "--cacert", certificate, "--tls-max", "1.2").text == "[\"a\"]\n")
    }

    @Test func whatDoesNotFitIsTold() throws {
        let other = try certificates.issue("other")
        #expect(throws: WebTLS.Problem.mismatch) { try tls(certificates.certificate, other.key) }
        #expect(throws: WebTLS.Problem.certificate) { try tls(certificates.key) }
        #expect(throws: WebTLS.Problem.key) { try tls(nil, certificates.certificate) }
        #expect(throws: WebTLS.Problem.clientAuthority) { try tls(clients: certificates.key) }
        let locked = folder.appending(path: "locked.key").path
        _ = try outcome(of: ["openssl", "rsa", "-aes128", "-passout", "pass:x", "-in", certificates.key, "-out", locked])
        #expect(throws: WebTLS.Problem.key) { try tls(nil, locked) }
    }

    @Test func aNewCertificateLeavesConnectionsAsTheyAre() throws {
        let server = try serve()
        let client = try TLSClient(port: server.port, authority: certificates.authority)
        client.send("GET /feed HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.read(until: "\n21\n").hasPrefix("HTTP/1.1 200 OK"))
        let before = try openssl(server).text
        let other = try certificates.issue("other")
        server.use(try tls(other.certificate, other.key))
        let after = try openssl(server).text
        func certificate(_ text: String) throws -> Substring { try #require(text.firstMatch(of: /-BEGIN[\s\S]*?-END/)?.0) }
        #expect(try certificate(before) != certificate(after))
        #expect(try certificate(after) == certificate(String(contentsOfFile: other.certificate, encoding: .utf8)))
        #expect(client.read(until: "99\n").contains("99\n"))
        #expect(try curl(server).status == 0)
    }

    @Test func clientsShowCertificatesWhereTheyAreAskedTo() throws {
        let stranger = try Certificates(in: makeFolder("strangers"))
        let server = try serve(try tls(clients: certificates.authority))
        let known = try certificates.issue("client", for: "viewer")
        #expect(try curl(server, "/a", "--cert", known.certificate, "--key", known.key).text == "[\"a\"]\n")
        #expect(try curl(server, "/a").status != 0)
        #expect(try curl(server, "/a", "--cert", stranger.certificate, "--key", stranger.key).status != 0)
    }

    private func makeFolder(_ name: String) throws -> URL {
        let made = folder.appending(path: name)
        try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        return made
    }

    @Test func whoNeverEndsTheHandshakeIsSentAway() async throws {
        var limits = WebLimits()
        (limits.headPatience, limits.idlePatience) = (.seconds(1), .seconds(1))
        let server = try serve(nil, limits)
        let (silent, slow) = (try WebClient(port: server.port), try WebClient(port: server.port))
        // The beginning of a ClientHello, and then a byte now and then.
        slow.send([0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xFC, 0x03, 0x03])
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(10), slow.send([1]) { try await Task.sleep(for: .milliseconds(100)) }
        #expect(start.duration(to: .now) < .seconds(8))
        #expect(silent.read().isEmpty)
        // Who has shaken hands and says nothing.
        let mute = try TLSClient(port: server.port, authority: certificates.authority)
        #expect(mute.read().isEmpty)
        try await wait { server.counts.connections == 0 }
    }

    @Test func whoSpeaksNoTLSIsHungUpOn() async throws {
        let server = try serve()
        let plain = try WebClient(port: server.port)
        plain.get("/")
        #expect(!plain.read().contains("HTTP/1.1 2"))
        for round in 0..<100 {
            let client = try WebClient(port: server.port)
            // As itself, and as what claims to be a record of TLS.
            let noise = (0..<Int.random(in: 1...2000)).map { _ in UInt8.random(in: 0...255) }
            client.send(round % 2 == 0 ? noise : [0x16, 0x03, 0x01] + noise)
        }
        try await wait { server.counts.connections == 0 }
        #expect(try curl(server).status == 0)
        #expect(server.counts.requests == 1)
    }

    @Test func whoWasRefusedReadsWhy() throws {
        let server = try serve()
        for (path, status) in [("/%zz", "400"), ("/" + String(repeating: "a", count: 9000), "431")] {
            #expect(try curl(server, path, "-o", "/dev/null", "-w", "%{http_code}").text == status)
        }
        #expect(try curl(server, "/", "-d", "x", "-o", "/dev/null", "-w", "%{http_code}").text == "413")
    }

    @Test func theReserveIsThereOverTLS() async throws {
        var limits = WebLimits()
        (limits.maxConnections, limits.reserve, limits.reservePatience) = (2, 2, 5000)
        let server = try serve(nil, limits)
        let idle = try (0..<2).map { _ in try WebClient(port: server.port) }
        try await wait { server.counts.connections == 2 }
        for (path, status) in [("/healthz", "200"), ("/?token=1", "200"), ("/", "503")] {
            #expect(try curl(server, path, "-o", "/dev/null", "-w", "%{http_code}").text == status, "\(path)")
        }
        withExtendedLifetime(idle) {}
    }

    @Test(.enabled(if: ownAddress != nil)) func anAddressHasSoManyPlacesOverTLS() async throws {
        var limits = WebLimits()
        (limits.maxPerAddress, limits.reservePatience) = (2, 5000)
        let server = try serve(at: "0.0.0.0:0", nil, limits)
        let host = try #require(ownAddress)
        let idle = try (0..<2).map { _ in try WebClient(host: host, port: server.port) }
        try await wait { server.counts.connections == 2 }
        let there = "localhost:\(server.port):\(host):\(server.port)"
        for (path, status) in [("/", "429"), ("/healthz", "200"), ("/?token=1", "200")] {
            let (_, text) = try curl(server, path, "--connect-to", there, "-o", "/dev/null", "-w", "%{http_code}")
            #expect(text == status, "\(path)")
        }
        #expect(try curl(server).text == "[]\n", "this machine has all places")
        withExtendedLifetime(idle) {}
    }
}
