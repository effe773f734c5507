import Foundation
import Subprocess
import TestSupport
import Testing

/// The port that a service manager opens, and what happens when the process may open nothing more.
@Suite(.timeLimit(.minutes(10)), .serialized) struct PassedSocketTests {
    let workshop: Workshop
    let port = Camera.freePort()

    init() throws {
        workshop = try Workshop()
        // A camera that is not there: nothing else costs anything.
        try workshop.write(
            "name: away\nsource: {url: \"rtsp://127.0.0.1:9/1\", open_timeout: 1}\nsinks: [{file: away.jsonl}]\n", to: "away.yaml"
        )
        try workshop.write("0123456789abcdef\n", to: "token")
    }

    private let arguments = ["run", "away.yaml", "--pid-file", "pid"]

    private func passing(_ places: String) -> [String] {
        ["/usr/bin/python3", repositoryRoot.appending(path: "Tests/Servers/pass.py").path, places]
    }

    private func isWell(_ path: String = "/healthz", patience: Int = 10) -> Bool {
        guard let client = try? WebClient(port: port, patience: patience) else { return false }
        client.get(path)
        return client.read().hasPrefix("HTTP/1.1 200 ")
    }

    /// Whoever comes first waits until the program that it started serves.
    @Test func systemdOpensThePort() async throws {
        let manager = ["systemd-socket-activate", "-l", "127.0.0.1:\(port)"]
        let outcome = try await workshop.posed(arguments, through: manager) { process in
            try await workshop.wait { isWell(patience: 60) }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages.joined().contains("serving at http://127.0.0.1:\(port)/"))
    }

    @Test func aPassedSocketIsServedAsAnyOther() async throws {
        let certificates = try Certificates(in: workshop.folder)
        let tls = ["--http-cert", certificates.certificate, "--http-key", certificates.key, "--http-token-file", "token"]
        let outcome = try await workshop.posed(arguments + tls, through: passing("0.0.0.0:\(port)")) { process in
            let curl = "curl -s --cacert authority.pem --retry 20 --retry-all-errors -o /dev/null -w '%{http_code}'"
            let status = try await workshop.tool(
                "sh", "-c", "\(curl) -H 'Authorization: Bearer 0123456789abcdef' https://localhost:\(port)/streams")
            #expect(status == "200")
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
    }

    @Test func whatCannotBeServedIsTold() async throws {
        for (places, more, words) in [
            ("127.0.0.1:0,127.0.0.1:0", [], "2 sockets were passed"), ("udp", [], "does not listen"),
            ("idle", [], "does not listen"),
            ("127.0.0.1:0", ["--http", "127.0.0.1:\(port)"], "leave out --http"), ("0.0.0.0:\(port)", [], "--http-token-file"),
            ("0.0.0.0:\(port)", ["--http-token-file", "token"], "--http-plain"),
        ] {
            let outcome = try await workshop.posed(arguments + more, through: passing(places)) { _ in }
            #expect(outcome.status == .exited(64), "\(places)")
            #expect(outcome.complaints.count == 1 && outcome.complaints[0].contains(words), "\(outcome.messages)")
        }
    }

    /// What systemd leaves in the environment of a child is for its parent.
    @Test func socketsOfAnotherProcessAreNotServed() async throws {
        let environment = Environment.inherit.updating(["LISTEN_PID": "1", "LISTEN_FDS": "1"])
        let outcome = try await workshop.posed(arguments + ["--no-pixels"], environment: environment) { _ in }
        #expect(outcome.status == .exited(64) && outcome.complaints.first?.contains("--http") == true)
    }

    /// Accepting that fails would otherwise be tried again and again, as fast as a processor can.
    @Test func outOfDescriptorsItWaits() async throws {
        let poor = ["sh", "-c", "ulimit -n 48; exec \"$@\"", "sh"]
        let outcome = try await workshop.posed(arguments + ["--http", "127.0.0.1:\(port)"], through: poor) { process in
            try await workshop.wait { isWell("/readyz") }
            do {
                let clients = try (0..<150).map { _ in try WebClient(port: port) }
                let number = process.processIdentifier.value
                try await workshop.wait { try openDescriptors(of: number) >= 46 }
                let before = try ticks(of: number)
                try await Task.sleep(for: .seconds(4))
                let spent = try ticks(of: number) - before
                #expect(spent < 100, "a second of processor time")
                withExtendedLifetime(clients) {}
            }
            try await workshop.wait { isWell() }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
    }

    /// Hundredths of seconds that a process has computed.
    private func ticks(of process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = text[text.lastIndex(of: ")")!...].split(separator: " ")
        return Int(fields[12])! + Int(fields[13])!
    }
}
