import Foundation
import Subprocess
import TestSupport
import Testing

/// The daemon at a real broker.
@Suite(.serialized, .timeLimit(.minutes(10))) struct MQTTTests {
    let workshop: Workshop

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
    }

    private func pipeline(at broker: Broker) throws {
        try workshop.write(
            """
            name: gym
            source: {file: clip.mp4, loop: true, realtime: true}
            sinks:
              - {mqtt: 'mqtt://127.0.0.1:\(broker.port)', qos: 1}
              - {file: gym.jsonl}
            """, to: "gym.yaml")
    }

    @Test func aBrokerThatRestartsMidStreamIsFoundAgain() async throws {
        let broker = try Broker()
        try pipeline(at: broker)
        let outcome = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
            let before = try Subscriber(to: broker)
            try await workshop.wait { before.payloads(of: "posed/gym/poses").count > 10 }
            broker.kill()
            let written = try workshop.text(of: "gym.jsonl").count
            try await workshop.wait { try workshop.text(of: "gym.jsonl").count > written + 1000 }
            try broker.start()
            let after = try Subscriber(to: broker)
            try await workshop.wait { after.payloads(of: "posed/gym/poses").count > 10 }
            #expect(after.payloads(of: "posed/gym/poses").first?.hasPrefix(#"{"type":"header""#) == true)
            try process.send(signal: .terminate)
            try await workshop.wait { after.payloads(of: "posed/available").last == "offline" }
            #expect(after.payloads(of: "posed/available").first == "online")
            #expect(after.payloads(of: "posed/gym/count") == ["0"])
            let states = after.payloads(of: "posed/gym/status")
            #expect(states.first?.hasPrefix(#"{"state":"live""#) == true)
            #expect(states.last?.hasPrefix(#"{"state":"ended""#) == true)
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages.count { $0.contains("connected to mqtt://127.0.0.1:") } == 2)
        #expect(outcome.messages.contains { $0.contains("; next try in") })
    }

    @Test func theBrokerTellsOfADaemonThatWasKilled() async throws {
        let broker = try Broker()
        try pipeline(at: broker)
        let subscriber = try Subscriber(to: broker)
        let outcome = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
            try await workshop.wait { subscriber.payloads(of: "posed/gym/poses").count > 2 }
            try process.send(signal: .kill)
        }
        #expect(outcome.status == .signaled(SIGKILL))
        try await workshop.wait { subscriber.payloads(of: "posed/available") == ["online", "offline"] }
    }
}
