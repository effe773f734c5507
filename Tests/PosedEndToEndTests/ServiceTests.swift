import Foundation
import Subprocess
import TestSupport
import Testing

/// The daemon as a service manager and the readers of its sockets see it.
@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
    let workshop: Workshop
    /// A video that never ends, and a camera that is not there.
    let pipelines = """
        name: loop
        source: {file: clip.mp4, loop: true, realtime: true}
        sinks: [{socket: loop.sock, queue: 8}, {file: loop.jsonl}]
        ---
        name: away
        source: {url: "rtsp://viewer:geheim@127.0.0.1:9/1", open_timeout: 1}
        sinks: [{file: away.jsonl}]

        """

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
        try workshop.write(pipelines, to: "pipelines.yaml")
    }

    @Test func aServiceManagerIsToldOfEverything() async throws {
        let manager = try ManagerSocket()
        let environment = Environment.inherit.updating([
            "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000000", "INVOCATION_ID": "1", "RUNTIME_DIRECTORY": "/tmp",
        ])
        let outcome = try await workshop.posed(["run", "pipelines.yaml", "--pid-file", "pid"], environment: environment) {
            process in
            #expect(manager.receive(within: 60) == "READY=1\nSTATUS=2 streams begun")
            // Ready, and fed twice in its time, though one camera is away.
            let start = ContinuousClock.now
            var feeds = 0
            var status = ""
            while feeds < 13, let message = manager.receive(within: 10) {
                if message == "WATCHDOG=1" { feeds += 1 } else { status = message }
            }
            let seconds = start.duration(to: .now) / .seconds(1)
            #expect(feeds == 13 && seconds > 5.5 && seconds < 13)
            #expect(status.contains(/^STATUS=2 streams \(1 live, 1 (waiting|connecting)\): [\d.]+ fps, \d+ (person|people)$/))

            try process.send(signal: .terminalClosed)
            #expect(next(from: manager)?.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=\d+/) != nil)
            #expect(next(from: manager) == "READY=1\nSTATUS=2 streams")

            try workshop.write("nonsense: true", to: "pipelines.yaml")
            try process.send(signal: .terminalClosed)
            #expect(next(from: manager)?.hasPrefix("RELOADING=1\n") == true)
            #expect(next(from: manager)?.hasPrefix("READY=1\n") == true)

            try process.send(signal: .terminate)
            #expect(next(from: manager) == "STOPPING=1\nSTATUS=ending 2 streams")
        }
        #expect(outcome.status == .exited(0))
        // Under a service manager every line is an object, and none holds the password.
        let lines = try outcome.messages.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.contains { $0["level"] as? String == "error" && ($0["message"] as? String)?.contains("nonsense") == true })
        #expect(lines.contains { $0["pipeline"] as? String == "away" })
        #expect(!outcome.messages.joined().contains("geheim") && !outcome.messages.joined().contains("viewer"))
    }

    /// The next message that is neither a sign of life nor a report.
    private func next(from manager: ManagerSocket) -> String? {
        while let message = manager.receive(within: 20) {
            if message != "WATCHDOG=1" && !message.hasPrefix("STATUS=") { return message }
        }
        return nil
    }

    @Test func readersOfASocketComeGoAndSleep() async throws {
        let path = workshop.path("loop.sock")
        let outcome = try await workshop.posed(["run", "pipelines.yaml", "--pid-file", "pid"]) { process in
            try await workshop.wait {
                workshop.exists("loop.sock") && (try? workshop.text(of: "loop.jsonl"))?.contains("frame") == true
            }
            let asleep = try SocketReader(path)
            for _ in 0..<20 {
                let first = try SocketReader(path).read(until: "\n")
                #expect(first.hasPrefix(#"{"type":"header""#))
            }
            let reader = try SocketReader(path)
            var numbers: [Int] = []
            while numbers.count < 40 {
                for line in reader.read(until: "\n").split(separator: "\n") where line.hasPrefix(#"{"type":"frame""#) {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    numbers.append(try #require(object?["frame"] as? Int))
                }
            }
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
            try process.send(signal: .terminate)
            #expect(asleep.read().hasPrefix(#"{"type":"header""#))
        }
        #expect(outcome.status == .exited(0))
        #expect(!workshop.exists("loop.sock"))
    }
}
