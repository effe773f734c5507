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

    private func pipeline(at broker: Broker, more: String = "") throws {
        try workshop.write(
            """
            name: gym
            source: {file: clip.mp4, loop: true, realtime: true}
            sinks:
              - {mqtt: 'mqtt://127.0.0.1:\(broker.port)', qos: 1\(more)}
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
        #expect(outcome.messages.contains { $0.contains("next_try=") })
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

    @Test func oneOfTwoDaemonsThatIsKilledIsGoneAndTheOtherIsNot() async throws {
        let broker = try Broker()
        try pipeline(at: broker)
        try workshop.write(
            "source: {file: clip.mp4, loop: true, realtime: true}\nsinks: [{mqtt: 'mqtt://127.0.0.1:\(broker.port)'}]",
            to: "yard.yaml")
        let subscriber = try Subscriber(to: broker)
        let outcome = try await workshop.posed(["run", "yard.yaml", "--pid-file", "pid2"]) { process in
            try await workshop.wait { subscriber.payloads(of: "posed/yard/poses").count > 2 }
            let killed = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
                try await workshop.wait { subscriber.payloads(of: "posed/gym/poses").count > 2 }
                try process.send(signal: .kill)
            }
            #expect(killed.status == .signaled(SIGKILL))
            try await workshop.wait { subscriber.payloads(of: "posed/available/gym").last == "offline" }
            // The broker speaks the last will of the one that was killed; the other one corrects it.
            try await workshop.wait { subscriber.payloads(of: "posed/available").suffix(2) == ["offline", "online"] }
            #expect(subscriber.payloads(of: "posed/available/yard") == ["online"])
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        try await workshop.wait { subscriber.payloads(of: "posed/available").last == "offline" }
    }

    /// The certificate is one that the system trusts: no ca_file.
    @Test func aSecureBrokerOfTheSystemsTrustIsFoundAgain() async throws {
        let broker = try Broker(isSecure: true)
        try workshop.write(
            "name: gym\nsource: {file: clip.mp4, loop: true, realtime: true}\nsinks: [{mqtt: 'mqtts://localhost:\(broker.port)'}]",
            to: "gym.yaml")
        let outcome = try await workshop.posed(
            ["run", "gym.yaml", "--pid-file", "pid"], environment: .inherit.updating(["SSL_CERT_FILE": broker.authority])
        ) { process in
            for _ in 1...3 {
                let subscriber = try Subscriber(to: broker, arguments: ["--cafile", broker.authority])
                try await workshop.wait { subscriber.payloads(of: "posed/gym/poses").count > 3 }
                broker.kill()
                try broker.start()
            }
            let subscriber = try Subscriber(to: broker, arguments: ["--cafile", broker.authority])
            try await workshop.wait { subscriber.payloads(of: "posed/gym/poses").count > 3 }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages.count { $0.contains("connected to mqtts://localhost:") } == 4, "\(outcome.messages)")
    }

    /// What the integration has to find in the broker whenever it comes: see the pages MQTT, MQTT Sensor and MQTT Binary Sensor of
    /// Home Assistant's documentation.
    @Test func homeAssistantFindsEveryStreamInTheBroker() async throws {
        let broker = try Broker()
        try pipeline(at: broker, more: ", prefix: house/posed, discovery: true")
        let outcome = try await workshop.posed(["run", "gym.yaml", "--pid-file", "pid"]) { process in
            let early = try Subscriber(to: broker)
            try await workshop.wait { early.payloads(of: "house/posed/gym/poses").count > 2 }
            let late = try Subscriber(to: broker)
            // Two configurations, and what they refer to: available, status, count; the header; and whether anybody is there.
            try await workshop.wait { late.lines.count { $0.hasPrefix("1 ") } == 7 }
            let configurations = late.lines.filter { $0.hasPrefix("1 homeassistant/") }
            #expect(configurations.count == 2)
            var names: Set<String> = []
            var devices: Set<[String]> = []
            for line in configurations {
                let parts = line.split(separator: " ", maxSplits: 2)
                let topic = try #require(
                    parts[1].wholeMatch(of: /homeassistant\/(sensor|binary_sensor)\/[A-Za-z0-9_-]+\/([A-Za-z0-9_-]+)\/config/))
                let keys = try #require(try JSONSerialization.jsonObject(with: Data(parts[2].utf8)) as? [String: Any])
                names.insert(try #require(keys["unique_id"] as? String))
                let device = try #require(keys["device"] as? [String: Any])
                devices.insert(try #require(device["identifiers"] as? [String]))
                #expect(device["name"] as? String == "gym")
                let state = try #require(keys["state_topic"] as? String)
                #expect(late.payloads(of: state).first == "0")
                if topic.1 == "binary_sensor" {
                    #expect(keys["value_template"] as? String == "{{ 'ON' if value | int(0) > 0 else 'OFF' }}")
                }
                // "online" is what it takes for available where `payload_available` says nothing else.
                let availability = try #require(keys["availability"] as? [[String: String]])
                #expect(availability.count == 2 && keys["availability_mode"] as? String == "all")
                for place in availability {
                    let said = late.payloads(of: try #require(place["topic"])).first
                    if place["value_template"] == nil {
                        #expect(said == "online")
                    } else {
                        #expect(place["value_template"] == "{{ 'online' if value_json.state == 'live' else 'offline' }}")
                        #expect(said?.hasPrefix(#"{"state":"live","#) == true)
                    }
                }
            }
            #expect(names.count == 2 && devices.count == 1)
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
    }
}
