import Foundation
import Subprocess
import Synchronization
import TestSupport
import Testing

/// What the daemon serves, as real clients see it.
@Suite(.timeLimit(.minutes(10)), .serialized) struct WebTests {
    let workshop: Workshop
    let port = Camera.freePort()

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeWalk("walk.mp4")
        try workshop.write(
            "name: walk\nsource: {file: walk.mp4, loop: true, realtime: true}\nsinks: [{file: walk.jsonl}]\n", to: "walk.yaml")
    }

    private func address(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Runs the daemon, and `meanwhile` once it has seen people.
    private func serve(
        _ more: String..., meanwhile: @escaping @Sendable (_ process: Int32) async throws -> Void
    ) async throws -> Workshop.Outcome {
        let arguments = ["run", "walk.yaml", "--pid-file", "pid", "--http", "127.0.0.1:\(port)"] + more
        return try await workshop.posed(arguments) { process in
            try await workshop.wait { (try? workshop.text(of: "walk.jsonl"))?.contains(#""id":1,"#) == true }
            try await meanwhile(process.processIdentifier.value)
            try process.send(signal: .terminate)
        }
    }

    @Test func realClientsReadAStream() async throws {
        try workshop.write(
            """
            import asyncio, sys, websockets
            async def main():
                async with websockets.connect(sys.argv[1]) as socket:
                    for _ in range(5): print(await socket.recv())
            asyncio.run(main())
            """, to: "read.py")
        let outcome = try await serve { _ in
            let messages = try await workshop.tool("/usr/bin/python3", "read.py", "ws://127.0.0.1:\(port)/streams/walk/poses")
            #expect(try Records(messages).frames.count >= 3)

            let events = try await workshop.tool(
                "sh", "-c", "curl -sN --max-time 8 \(address("/streams/walk/poses")) || [ $? = 28 ]")
            #expect(events.hasPrefix("retry: 1000\n\ndata: {\"type\":\"header\"") && events.contains("data: {\"type\":\"frame\""))
            let last = try #require(events.matches(of: /\nid: (\S+)\n/).last?.1)
            let again = try await workshop.tool(
                "sh", "-c",
                "curl -sN --max-time 4 -H 'Last-Event-ID: \(last)' \(address("/streams/walk/poses")) || [ $? = 28 ]")
            let (before, after) = (frames(in: events), frames(in: again))
            #expect(try #require(after.first) > before.last! && Set(before).isDisjoint(with: after))

            let picture = try await workshop.tool(
                "sh", "-c", "curl -sN --max-time 4 \(address("/streams/walk/preview")) | head -c 60 | grep -a -c image/jpeg")
            #expect(picture == "1\n")
            try await workshop.tool("sh", "-c", "curl -s \(address("/metrics")) | promtool check metrics")
        }
        #expect(outcome.status == .exited(0))
    }

    private func frames(in events: String) -> [Int] {
        events.matches(of: /data: {"type":"frame","frame":(\d+),/).compactMap { Int($0.1) }
    }

    @Test func itServesOthersOnlyWithAToken() async throws {
        let open = try await workshop.posed("run", "walk.yaml", "--pid-file", "pid", "--http", "0.0.0.0:\(port)")
        #expect(open.status == .exited(64) && open.complaints.first?.contains("--http-token-file") == true)
        let loose = try await workshop.posed("run", "walk.yaml", "--pid-file", "pid", "--no-pixels")
        #expect(loose.status == .exited(64))
        let listener = Listener()
        let taken = try await workshop.posed("run", "walk.yaml", "--pid-file", "pid", "--http", "127.0.0.1:\(listener.port)")
        listener.end()
        #expect(taken.status == .exited(73) && taken.complaints.count == 1)
        try workshop.write("short", to: "token")
        let short = try await workshop.posed(
            "run", "walk.yaml", "--pid-file", "pid", "--http", "127.0.0.1:\(port)", "--http-token-file", "token")
        #expect(short.status == .exited(65))

        try workshop.write("0123456789abcdef\n", to: "token")
        chmod(workshop.path("token"), 0o644)
        let outcome = try await serve("--http-token-file", "token") { _ in
            for (arguments, status) in [
                (address("/streams"), "401"), ("-H 'Authorization: Bearer 0123456789abcdef' \(address("/metrics"))", "200"),
                (address("/streams?token=0123456789abcdef"), "200"), (address("/healthz"), "200"), (address("/readyz"), "200"),
                ("-L -c jar -b jar '\(address("/?token=0123456789abcdef"))'", "200"), ("-b jar \(address("/streams"))", "200"),
            ] {
                let answer = try await workshop.tool("sh", "-c", "curl -s -o answer -w '%{http_code}' \(arguments)")
                #expect(answer == status, "\(arguments)")
            }
            // Browsers keep the cookies of all ports of a host together.
            #expect(try workshop.text(of: "jar").contains("\tposed_token_\(port)\t"))
            let idle = try (0..<300).map { _ in try WebClient(port: port) }
            for (path, status) in [("/healthz", "200"), ("/streams?token=0123456789abcdef", "200"), ("/streams", "503")] {
                let client = try WebClient(port: port)
                client.get(path)
                #expect(client.read().hasPrefix("HTTP/1.1 \(status) "), "\(path)")
            }
            withExtendedLifetime(idle) {}
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages.contains { $0.contains("token holds a secret that everybody may read") })
        #expect(!outcome.messages.joined().contains("0123456789abcdef"))
    }

    @Test func hostileClientsHarmNobody() async throws {
        let outcome = try await serve { process in
            let before = try openDescriptors(of: process)
            for _ in 0..<20 {
                let clients = try (0..<500).map { _ in try WebClient(port: port) }
                #expect(clients.last!.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 503 "))
            }
            try await workshop.wait { try openDescriptors(of: process) <= before + 2 }
            // They wait for longer than the server does.
            let dawdlers = try (0..<20).map { _ in try WebClient(port: port, patience: 60) }
            for client in dawdlers { client.send("GET / HTTP/1.1\r\nHost: ") }
            let long = try WebClient(port: port)
            long.send([UInt8](repeating: 0x41, count: 1 << 20))
            #expect(long.read().hasPrefix("HTTP/1.1 431 "))
            for path in ["/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/streams/../../etc/passwd", "/streams/%00/poses"] {
                let client = try WebClient(port: port)
                client.get(path)
                #expect(client.read().hasPrefix("HTTP/1.1 404 "), "\(path)")
            }
            for round in 0..<100 {
                let client = try WebClient(port: port)
                if round % 2 == 0 { client.upgrade("/streams/walk/poses") }
                client.send((0..<500).map { _ in UInt8.random(in: 0...255) })
            }
            #expect(dawdlers.allSatisfy { $0.read().hasPrefix("HTTP/1.1 408 ") })
            let healthy = try await workshop.tool("curl", "-s", address("/healthz"))
            #expect(healthy == "turning over\n")
            try await workshop.wait { try openDescriptors(of: process) <= before + 2 }
        }
        #expect(outcome.status == .exited(0))
    }

    /// The seconds that pictures took, and how many they were.
    private func latency() async throws -> (sum: Double, count: Double) {
        let text = try await workshop.tool("curl", "-s", address("/metrics"))
        let sum = try #require(text.firstMatch(of: /posed_latency_seconds_sum{stream="walk"} (\S+)/)?.1)
        let count = try #require(text.firstMatch(of: /posed_latency_seconds_count{stream="walk"} (\S+)/)?.1)
        return (try #require(Double(sum)), try #require(Double(count)))
    }

    /// The mean of the next 40 pictures.
    private func meanLatency() async throws -> Double {
        let before = try await latency()
        while true {
            try await Task.sleep(for: .milliseconds(500))
            let now = try await latency()
            if now.count >= before.count + 40 { return (now.sum - before.sum) / (now.count - before.count) }
        }
    }

    @Test func twoHundredSlowClientsDoNotSlowThePipeline() async throws {
        let outcome = try await serve { _ in
            var (alone, crowded): ([Double], [Double]) = ([], [])
            for _ in 0..<2 {
                alone.append(try await meanLatency())
                let clients = try (0..<200).map { _ in try WebClient(port: port, window: 2048) }
                for client in clients { client.upgrade("/streams/walk/poses") }
                crowded.append(try await meanLatency())
                withExtendedLifetime(clients) {}
            }
            print("latency alone \(alone), with 200 slow clients \(crowded)")
            // Other work of the machine moves both; what is told is told of the better of two.
            #expect(crowded.min()! < 1.5 * alone.max()!)
        }
        #expect(outcome.status == .exited(0))
    }

    /// What a client was sent, but for headers.
    private enum Heard {
        case record(String)
        case lost(Int)
    }

    /// Wakes up, and listens until it was told what it lost and heard a few records more.
    private func listen(to client: WebClient) throws -> [Heard] {
        #expect(client.head().hasPrefix("HTTP/1.1 101 "))
        var heard: [Heard] = []
        var isTold = false
        var left = 5
        while left > 0 {
            let text = String(decoding: try #require(client.message()).payload, as: UTF8.self)
            if text.hasPrefix(#"{"type":"header""#) { continue }
            if let match = text.wholeMatch(of: /{"type":"lost","records":(\d+)}/) {
                heard.append(.lost(try #require(Int(match.1))))
                isTold = true
            } else {
                heard.append(.record(text))
                if isTold { left -= 1 }
            }
        }
        return heard
    }

    @Test func twoHundredSlowClientsAreEachToldWhatTheyLost() async throws {
        try workshop.write(
            "name: walk\nsource: {file: walk.mp4, loop: true}\ndetect: {detect_every: 30}\nsinks: [{file: walk.jsonl}]\n",
            to: "walk.yaml")
        let heard = Mutex<[[Heard]]>([])
        let outcome = try await serve { _ in
            let clients = try (0..<200).map { _ in try WebClient(port: port, window: 2048) }
            for client in clients { client.upgrade("/streams/walk/poses") }
            let before = try records().count
            // The last 256 are kept, and up to 128 KiB are on their way to each.
            try await workshop.wait { try records().count > before + 400 }
            let all = try clients.map(listen)
            heard.withLock { $0 = all }
        }
        #expect(outcome.status == .exited(0))
        let written = try records()
        let numbers = Dictionary(uniqueKeysWithValues: zip(written, written.indices))
        for heard in heard.withLock({ $0 }) {
            var expected: Int?
            for piece in heard {
                switch piece {
                case .lost(let count): expected = try #require(expected) + count
                case .record(let record):
                    let number = try #require(numbers[record])
                    #expect(expected == nil || number == expected)
                    expected = number + 1
                }
            }
        }
    }

    /// What the daemon wrote down so far, but for headers.
    private func records() throws -> [String] {
        try workshop.text(of: "walk.jsonl").split(separator: "\n").filter { !$0.hasPrefix(#"{"type":"header""#) }.map(String.init)
    }
}
