import Foundation
import Subprocess
import TestSupport
import Testing

/// The daemon over TLS, and with a socket that is passed to it, as real clients and a service manager see it.
@Suite(.timeLimit(.minutes(10)), .serialized) struct SecureWebTests {
    let workshop: Workshop
    let certificates: Certificates
    let port = Camera.freePort()

    init() async throws {
        workshop = try Workshop()
        certificates = try Certificates(in: workshop.folder)
        try await workshop.makeVideo("clip.mp4")
        try workshop.write(
            "name: loop\nsource: {file: clip.mp4, loop: true, realtime: true}\nsinks: [{file: loop.jsonl}]\n", to: "loop.yaml")
        try workshop.write("0123456789abcdef\n", to: "token")
    }

    private var tls: [String] { ["--http-cert", "server.pem", "--http-key", "server.key"] }
    private var address: String { "https://localhost:\(port)" }

    private func run(_ place: String, _ more: [String]) -> [String] {
        ["run", "loop.yaml", "--pid-file", "pid", "--http", "\(place):\(port)"] + more
    }

    private func serve(
        at place: String = "127.0.0.1", _ more: [String],
        meanwhile:
            @escaping @Sendable (_ process: Execution<NoInput, StringOutput<UTF8>, StringOutput<UTF8>>) async throws -> Void
    ) async throws -> Workshop.Outcome {
        try await workshop.posed(run(place, more)) { process in
            try await workshop.wait { (try? workshop.text(of: "loop.jsonl"))?.contains("frame") == true }
            try await meanwhile(process)
            try process.send(signal: .terminate)
        }
    }

    private func curl(_ arguments: String) async throws -> String {
        try await workshop.tool("sh", "-c", "curl -s --cacert authority.pem \(arguments)")
    }

    private func certificate() async throws -> String {
        try await workshop.tool(
            "sh", "-c", "openssl s_client -connect 127.0.0.1:\(port) < /dev/null 2> /dev/null | openssl x509 -noout -fingerprint")
    }

    @Test func realClientsReadAStreamOverTLS() async throws {
        try workshop.write(
            """
            import asyncio, ssl, sys, websockets
            async def main():
                trusted = ssl.create_default_context(cafile="authority.pem")
                async with websockets.connect(sys.argv[1], ssl=trusted) as socket:
                    for _ in range(20): print(await socket.recv())
            asyncio.run(main())
            """, to: "read.py")
        let outcome = try await serve(at: "0.0.0.0", tls + ["--http-token-file", "token"]) { _ in
            let stream = "localhost:\(port)/streams/loop/poses?token=0123456789abcdef"
            let messages = try await workshop.tool("/usr/bin/python3", "read.py", "wss://\(stream)")
            #expect(try Records(messages).frames.count >= 3)
            let events = try await curl("-N --max-time 3 'https://\(stream)' || [ $? = 28 ]")
            #expect(events.hasPrefix("retry: 1000\n\ndata: {\"type\":\"header\"") && events.contains("data: {\"type\":\"frame\""))
            #expect(try await curl("-o /dev/null -w '%{http_code}' \(address)/streams") == "401")
            let answer = try await curl("-D - -o /dev/null '\(address)/?token=0123456789abcdef'")
            let cookie = try #require(answer.firstMatch(of: /Set-Cookie: (.*)/)?.1)
            #expect(cookie.hasPrefix("posed_token_\(port)=") && cookie.contains("; HttpOnly;") && cookie.contains("; Secure"))
            // One that the program is given by another host than it was made for.
            #expect(try await curl("https://127.0.0.1:\(port)/healthz || echo $?") == "60\n")
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages.joined().contains("serving at https://0.0.0.0:\(port)/"))
        #expect(!outcome.messages.joined().contains("0123456789abcdef"))
    }

    @Test func aReloadChangesTheCertificateAndClosesNothing() async throws {
        let outcome = try await serve(tls) { process in
            let client = try TLSClient(port: port, authority: certificates.authority)
            client.send("GET /streams/loop/poses HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(client.read(until: "\ndata: {\"type\":\"frame\"").contains("200 OK"))
            let before = try await certificate()

            let other = try certificates.issue("other")
            for (new, old) in [(other.certificate, "server.pem"), (other.key, "server.key")] {
                try workshop.write(String(contentsOfFile: new, encoding: .utf8), to: old)
            }
            try process.send(signal: .terminalClosed)
            while try await certificate() == before { try await Task.sleep(for: .milliseconds(50)) }
            let after = try await certificate()

            // A renewal that went wrong.
            try workshop.write(String(contentsOfFile: try certificates.issue("third").key, encoding: .utf8), to: "server.key")
            try process.send(signal: .terminalClosed)
            let lines = try frames
            try await workshop.wait { try frames > lines + 20 }
            #expect(try await certificate() == after)
            #expect(client.read(until: "\ndata: {\"type\":\"frame\"").contains("frame"))
        }
        #expect(outcome.status == .exited(0))
        let log = outcome.messages.joined(separator: "\n")
        #expect(log.contains("the certificate was read again"))
        #expect(log.contains("the certificate stays as it was: server.key: it is not the key of the certificate in server.pem"))
        #expect(!log.contains("PRIVATE"))
    }

    private var frames: Int { get throws { try workshop.text(of: "loop.jsonl").matches(of: /"type":"frame"/).count } }

    @Test func whatMakesNoSenseIsToldInOneLine() async throws {
        _ = try certificates.issue("other")
        let token = ["--http-token-file", "token"]
        for (place, options, status, words) in [
            ("0.0.0.0", [], 64, "--http-token-file or --http-client-ca"), ("0.0.0.0", token, 64, "--http-plain"),
            ("[::]", token, 64, "--http-plain"), ("0.0.0.0", ["--http-plain"], 64, "--http-token-file"),
            ("127.0.0.1", ["--http-cert", "server.pem"], 64, "go together"),
            ("127.0.0.1", ["--http-key", "server.key"], 64, "go together"),
            ("127.0.0.1", ["--http-client-ca", "authority.pem"], 64, "--http-cert"),
            ("127.0.0.1", tls + ["--http-plain"], 64, "give one of them"),
            ("127.0.0.1", ["--http-cert", "server.pem", "--http-key", "other.key"], 65, "other.key: it is not the key"),
            ("127.0.0.1", ["--http-cert", "server.key", "--http-key", "server.key"], 65, "server.key: it holds no certificate"),
            ("127.0.0.1", ["--http-cert", "server.pem", "--http-key", "server.pem"], 65, "server.pem: it holds no private key"),
            ("127.0.0.1", tls + ["--http-client-ca", "token"], 65, "token: it holds no certificate"),
            (
                "127.0.0.1", ["--http-cert", "gone.pem", "--http-key", "server.key"], 66,
                "gone.pem: the certificate cannot be read"
            ),
        ] as [(String, [String], Int32, String)] {
            let outcome = try await workshop.posed(run(place, options)) { _ in }
            #expect(outcome.status == .exited(status), "\(options)")
            #expect(outcome.complaints.count == 1 && outcome.complaints[0].contains(words), "\(outcome.messages)")
        }
    }

    @Test func clientCertificatesAreEnough() async throws {
        _ = try certificates.issue("client", for: "viewer")
        let outcome = try await serve(at: "0.0.0.0", tls + ["--http-client-ca", "authority.pem"]) { _ in
            let shown = "--cert client.pem --key client.key"
            let name = "--connect-to camera-pc:\(port):127.0.0.1:\(port) -k https://camera-pc:\(port)/"
            for (arguments, status) in [
                ("\(shown) \(address)/streams", "200"), ("\(shown) \(name)", "200"), ("\(address)/healthz", "000"),
            ] {
                let answer = try await curl("-o /dev/null -w '%{http_code}' \(arguments) || true")
                #expect(answer == status, "\(arguments)")
            }
        }
        #expect(outcome.status == .exited(0))
    }

    @Test func plainIsServedToOthersWhereItIsSaid() async throws {
        let outcome = try await serve(at: "0.0.0.0", ["--http-token-file", "token", "--http-plain"]) { _ in
            let status = try await curl(
                "-o /dev/null -w '%{http_code}' 'http://127.0.0.1:\(port)/streams?token=0123456789abcdef'")
            #expect(status == "200")
        }
        #expect(outcome.status == .exited(0))
    }
}
