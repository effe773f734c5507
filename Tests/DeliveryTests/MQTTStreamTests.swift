import Basics
import Foundation
import PoseTypes
import Synchronization
import TestSupport
import Testing

@testable import Delivery

/// Against a real Mosquitto.
@Suite(.serialized, .timeLimit(.minutes(3))) struct MQTTStreamTests {
    private final class Events: Sendable {
        private let state = Mutex<[MQTTEvent]>([])
        var all: [MQTTEvent] { state.withLock { $0 } }
        var reasons: [String] {
            all.compactMap { if case .away(let reason, _) = $0 { reason } else { nil } }
        }
        func note(_ event: MQTTEvent) { state.withLock { $0.append(event) } }
    }

    private let events = Events()
    private let brokers: MQTTBrokers

    init() { brokers = MQTTBrokers { [events] _, event in events.note(event) } }

    private func address(_ broker: Broker, isSecure: Bool = false) -> MQTTBroker {
        MQTTBroker(host: isSecure ? "localhost" : "127.0.0.1", port: broker.port, isSecure: isSecure)
    }

    private func stream(_ broker: MQTTBroker, quality: Int = 0, queue: Int = 256, isDiscoverable: Bool = false) -> MQTTStream {
        var options = MQTTStream.Options()
        (options.quality, options.queue, options.isDiscoverable) = (quality, queue, isDiscoverable)
        return MQTTStream("gym", at: broker, of: brokers, options: options, version: "1")
    }

    @Test func everySubscriberGetsTheHeaderFirst() async throws {
        let broker = try Broker()
        let early = try Subscriber(to: broker)
        let stream = stream(address(broker))
        stream.status("live")
        try stream.header("header\n")
        stream.people(2)
        stream.people(2)
        try stream.records("gap\nframe 1\n")
        #expect(await eventually { early.payloads(of: "posed/gym/poses") == ["header", "gap", "frame 1"] })
        #expect(early.payloads(of: "posed/gym/count") == ["2"])
        #expect(early.payloads(of: "posed/available") == ["online"])
        let late = try Subscriber(to: broker)
        try stream.records("frame 2\n")
        #expect(await eventually { late.payloads(of: "posed/gym/poses") == ["header", "frame 2"] })
        #expect(late.lines.filter { $0.hasPrefix("1 ") }.count == 5)
        #expect(late.payloads(of: "posed/available/gym") == ["online"])
        #expect(late.payloads(of: "posed/gym/status").first?.hasPrefix(#"{"state":"live","since":"20"#) == true)
    }

    @Test func twoStreamsShareAConnectionAndEndInPeace() async throws {
        let broker = try Broker()
        let subscriber = try Subscriber(to: broker)
        let (one, two) = (stream(address(broker)), MQTTStream("yard", at: address(broker), of: brokers))
        try one.records("1\n")
        try two.records("2\n")
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses") == ["1"] })
        #expect(await eventually { subscriber.payloads(of: "posed/yard/poses") == ["2"] })
        one.finish()
        two.status("ended")
        two.finish()
        #expect(await eventually { subscriber.payloads(of: "posed/available") == ["online", "offline"] })
        #expect(subscriber.payloads(of: "posed/yard/status").count == 1)
        #expect(events.all == [.connected])
        let again = stream(address(broker))
        #expect(await eventually { subscriber.payloads(of: "posed/available") == ["online", "offline", "online"] })
        again.finish()
    }

    @Test func aBrokerThatIsAwayIsTriedAgainAndWhatItMissedIsCounted() async throws {
        let broker = try Broker()
        broker.kill()
        let stream = stream(address(broker), queue: 4)
        try stream.header("header\n")
        for number in 1...10 { try stream.records("\(number)\n") }
        #expect(await eventually { !events.reasons.isEmpty })
        #expect(events.reasons.first == "mqtt://127.0.0.1:\(broker.port): Connection refused")
        #expect(stream.lost == 6)
        try broker.start()
        #expect(await eventually { stream.isPublished })
        let subscriber = try Subscriber(to: broker)
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses").first == "header" })
        stream.finish()
    }

    @Test func subscribersAreToldWhatWasLost() async throws {
        let broker = try Broker()
        let subscriber = try Subscriber(to: broker)
        broker.signal(SIGSTOP)
        let stream = stream(address(broker), queue: 4)
        try stream.header("header\n")
        for number in 1...10 { try stream.records("\(number)\n") }
        broker.signal(SIGCONT)
        let expected = ["header", #"{"type":"lost","records":6}"#, "7", "8", "9", "10"]
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses") == expected })
        stream.finish()
    }

    @Test(arguments: [0, 1, 2])
    func aBrokerThatRestartsIsToldEverythingAnew(quality: Int) async throws {
        let broker = try Broker()
        let stream = stream(address(broker), quality: quality)
        stream.status("live")
        try stream.header("header\n")
        stream.people(3)
        for number in 1...50 { try stream.records("\(number)\n") }
        #expect(await eventually { stream.isPublished })
        broker.kill()
        for number in 51...100 { try stream.records("\(number)\n") }
        stream.people(4)
        try broker.start()
        #expect(await eventually { events.all.count { $0 == .connected } == 2 })
        let subscriber = try Subscriber(to: broker)
        try stream.records("last\n")
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses").last == "last" })
        #expect(subscriber.payloads(of: "posed/gym/poses").first == "header")
        #expect(subscriber.payloads(of: "posed/gym/count") == ["4"])
        #expect(subscriber.payloads(of: "posed/available") == ["online"])
        #expect(stream.lost == 0)
        stream.finish()
    }

    @Test func aBrokerThatHangsHoldsUpNobody() async throws {
        let broker = try Broker()
        let stream = stream(address(broker), queue: 8)
        try stream.header("header\n")
        let subscriber = try Subscriber(to: broker)
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses") == ["header"] })
        broker.signal(SIGSTOP)
        let line = [UInt8]("\(String(repeating: ".", count: 100_000))\n".utf8)
        // Were one of these to wait for the broker, it would do so for ever.
        for _ in 1...200 { stream.records(line) }
        #expect(stream.lost > 50)
        broker.signal(SIGCONT)
        try stream.records("end\n")
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses").last == "end" })
        let told = subscriber.payloads(of: "posed/gym/poses").compactMap { line in
            line.wholeMatch(of: /{"type":"lost","records":(\d+)}/).flatMap { Int($0.1) }
        }
        #expect(told.reduce(0, +) == stream.lost)
    }

    @Test func passwordsLetInAndAreNeverTold() async throws {
        let broker = try Broker(user: .init("posed", password: "hunter2"))
        var address = address(broker)
        (address.username, address.password) = ("posed", Secret("hunter3"))
        let refused = stream(address)
        #expect(await eventually { !events.reasons.isEmpty })
        #expect(events.reasons.first?.hasSuffix(": Connection Refused: not authorised") == true, "\(events.reasons)")
        address.password = Secret("hunter2")
        let stream = stream(address)
        try stream.records("1\n")
        #expect(await eventually { stream.isPublished })
        var dumped = ""
        dump(address, to: &dumped)
        for text in [dumped, "\(address)"] + events.reasons { #expect(!text.contains("hunter")) }
        refused.finish()
        stream.finish()
    }

    @Test func onlyACertificateOfATrustedAuthorityIsTrusted() async throws {
        let broker = try Broker(isSecure: true)
        var address = address(broker, isSecure: true)
        let wary = stream(address)
        #expect(await eventually { !events.reasons.isEmpty })
        #expect(events.reasons.allSatisfy { $0.contains("certificate verify failed") }, "\(events.reasons)")
        address.authorities = broker.authority
        let stream = stream(address)
        let subscriber = try Subscriber(to: broker, arguments: ["--cafile", broker.authority])
        let line = String(repeating: "0123456789", count: 20_000)
        stream.records([UInt8]((line + "\nend\n").utf8))
        #expect(await eventually { subscriber.payloads(of: "posed/gym/poses") == [line, "end"] })
        var other = address
        other.host = "127.0.0.1"
        let count = events.reasons.count
        let misnamed = self.stream(other)
        #expect(await eventually { events.reasons.count > count })
        for stream in [wary, misnamed, stream] { stream.finish() }
    }

    /// Another process, as far as the broker can tell.
    private func other(_ name: String, at broker: MQTTBroker) -> MQTTStream { MQTTStream(name, at: broker, of: MQTTBrokers()) }

    @Test func twoProcessesAtOneBrokerSpeakEachForItself() async throws {
        let broker = try Broker()
        let subscriber = try Subscriber(to: broker)
        let (one, two) = (stream(address(broker)), other("yard", at: address(broker)))
        #expect(await eventually { subscriber.payloads(of: "posed/available/gym") == ["online"] })
        #expect(await eventually { subscriber.payloads(of: "posed/available/yard") == ["online"] })
        one.finish()
        #expect(await eventually { subscriber.payloads(of: "posed/available/gym") == ["online", "offline"] })
        try two.records("1\n")
        #expect(await eventually { subscriber.payloads(of: "posed/yard/poses") == ["1"] })
        #expect(!subscriber.payloads(of: "posed/available").contains("offline"))
        #expect(subscriber.payloads(of: "posed/available/yard") == ["online"])
        two.finish()
        #expect(await eventually { subscriber.payloads(of: "posed/available").last == "offline" })
        #expect(subscriber.payloads(of: "posed/available/yard") == ["online", "offline"])
    }

    @Test func ofTwoThatLeaveAtOnceTheLastSaysThatNobodyIsLeft() async throws {
        let broker = try Broker()
        let subscriber = try Subscriber(to: broker)
        for round in 1...5 {
            let streams = (0..<3).map { other("s\($0)", at: address(broker)) }
            #expect(
                await eventually {
                    (0..<3).allSatisfy { subscriber.payloads(of: "posed/available/s\($0)").count == 2 * round - 1 }
                })
            await withTaskGroup { group in for stream in streams { group.addTask { stream.finish() } } }
            #expect(await eventually { subscriber.payloads(of: "posed/available").last == "offline" })
        }
    }

    @Test func homeAssistantIsToldWhatThereIs() async throws {
        let broker = try Broker()
        let subscriber = try Subscriber(to: broker)
        let stream = stream(address(broker), isDiscoverable: true)
        let topics = ["sensor", "binary_sensor"].map {
            "homeassistant/\($0)/posed-gym/\($0 == "sensor" ? "people" : "occupancy")/config"
        }
        #expect(await eventually { topics.allSatisfy { subscriber.payloads(of: $0).count == 1 } })
        for topic in topics {
            let text = subscriber.payloads(of: topic)[0]
            let keys = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(keys["state_topic"] as? String == "posed/gym/count")
            #expect(
                (keys["availability"] as? [[String: String]])?.map { $0["topic"] } == ["posed/available/gym", "posed/gym/status"])
        }
        stream.finish()
    }
}
