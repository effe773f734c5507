import Foundation
import Subprocess
import TestSupport
import Testing

/// The Python clients, as a user runs them: with Debian's Python and nothing but numpy.
@Suite(.timeLimit(.minutes(10))) struct ClientTests {
    private let workshop: Workshop
    private let clients = repositoryRoot.appending(path: "clients").path
    private let port = Camera.freePort()
    private var counter: String { clients + "/count_squats.py" }

    init() throws { workshop = try Workshop() }

    @Test func threeSquatsAreCountedInARecording() async throws {
        let said = try await python(counter, fixture("clients/squats.poses.jsonl").path)
        let lines = said.split(separator: "\n")
        #expect(lines.count == 4, "\(said)")
        #expect(lines.last == "3 squats")
    }

    /// Three by eye: down at 2.6, 5.6 and 8.4 s. A still in front gives the counters eight seconds to start.
    @Test(.enabled(if: sharedData != nil)) func threeSquatsAreCountedLive() async throws {
        try await workshop.tool(
            "ffmpeg", "-v", "error", "-i", sharedData!.appending(path: "videos/squat.mp4").path, "-vf",
            "scale=480:-2,fps=15,tpad=start_mode=clone:start_duration=8", "-preset", "ultrafast", "squat.mp4")
        let outcome = try await serve("{file: squat.mp4, realtime: true}") {
            async let bySocket = count("gym.sock")
            async let byMessages = count(address("ws"))
            async let byEvents = countEvents()
            for said in try await [bySocket, byMessages] { #expect(said.hasSuffix("\n3 squats\n"), "\(said)") }
            try await workshop.wait { try workshop.text(of: "counted").count(where: \.isNewline) >= 3 }
            try workshop.write("", to: "ended")
            let said = try await byEvents
            #expect(said.split(separator: "\n").count == 3 && said.contains("squat 3, "), "\(said)")
        }
        #expect(outcome.status == .exited(0))
    }

    @Test func everyPlaceGivesTheSameFrames() async throws {
        let program = """
            import sys; sys.path.insert(0, sys.argv[1])
            import itertools, posed
            for place in sys.argv[2:]:
                frames = list(itertools.islice(posed.read(place), 8))
                assert all(b.time > a.time for a, b in zip(frames, frames[1:])), place
                assert frames[0].header["stream"] == "gym" and any(frame.people for frame in frames), place
            print("sound")
            """
        try await workshop.makeWalk("walk.mp4")
        let outcome = try await serve("{file: walk.mp4, realtime: true, loop: true}") {
            let said = try await python("-c", program, clients, "gym.sock", address("http"), address("ws"))
            #expect(said == "sound\n")
        }
        #expect(outcome.status == .exited(0))
    }

    @Test func everyFrameBecomesArrays() async throws {
        let program = """
            import sys; sys.path.insert(0, sys.argv[1])
            import numpy as np, posed
            frames = list(posed.read(sys.argv[2]))
            people = [person for frame in frames for person in frame.people]
            assert len(frames) == 108 and frames[1].index == 3 and abs(frames[1].time - 0.1) < 0.001, frames[1]
            assert all(p.raw.shape == (17, 3) and p.points.shape == (17, 2) and p.box.shape == (4,) for p in people)
            followed = [p for p in people if p.id is not None]
            assert len(followed) > 100 and followed[0]["nose"].shape == (2,)
            assert frames[0].header["stream"] == "squat" and frames[0].lost == 0
            print("sound")
            """
        #expect(try await python("-c", program, clients, fixture("clients/squats.poses.jsonl").path) == "sound\n")
    }

    /// Debian's Python, which is the one that `make test-deps` gives numpy.
    private func python(_ arguments: String...) async throws -> String {
        let quoted = arguments.map { "'" + $0.replacing("'", with: #"'\''"#) + "'" }.joined(separator: " ")
        return try await workshop.tool("sh", "-c", "/usr/bin/python3 \(quoted)")
    }

    private func address(_ scheme: String) -> String { "\(scheme)://127.0.0.1:\(port)/streams/gym/poses" }

    private func count(_ place: String) async throws -> String { try await python(counter, place) }

    /// With server-sent events a client comes back whenever a daemon does, so it counts until it is told to end.
    private func countEvents() async throws -> String {
        try await workshop.tool(
            "sh", "-c",
            """
            /usr/bin/python3 '\(counter)' \(address("http")) > counted &
            until [ -e ended ]; do sleep 0.1; done
            kill $!
            cat counted
            """)
    }

    private func serve(
        _ source: String, meanwhile: @escaping @Sendable () async throws -> Void
    ) async throws -> Workshop.Outcome {
        try workshop.write("name: gym\nsource: \(source)\nsinks: [{socket: gym.sock}]\n", to: "gym.yaml")
        let arguments = ["run", "gym.yaml", "--pid-file", "pid", "--http", "127.0.0.1:\(port)"]
        return try await workshop.posed(arguments) { process in
            try await workshop.wait { workshop.exists("gym.sock") && (try? WebClient(port: port)) != nil }
            try await meanwhile()
            try? process.send(signal: .terminate)
        }
    }
}
