import Basics
import Delivery
import Media
import PosedKit
import Settings

/// Topics of an MQTT broker.
struct MQTTSink: SinkSettings {
    static let key = "mqtt"
    var broker: MQTTBroker
    var options = MQTTStream.Options()

    /// A sink while its keys are read.
    private struct Draft {
        var broker: MQTTBroker?
        var credentials = PipelineCredentials()
        var authorities: String?
        var prefix = MQTTBroker(host: "").prefix
        var options = MQTTStream.Options()
    }

    private static var pipelineKeys: [PipelineKey<Draft>] {
        [PipelineKey(key, \.broker) { $0.broker() }] + PipelineCredentials.keys(\Draft.credentials) + [
            PipelineKey("ca_file", \.authorities) { $0.readableFile() },
            PipelineKey("prefix", \.prefix) { $0.topic() },
            .count("qos", \.options.quality, 0...2),
            .flag("discovery", \.options.isDiscoverable),
            .count("queue", \.options.queue, 1...1_000_000),
        ]
    }

    static var keys: [String] { pipelineKeys.map(\.name) }

    init(broker: MQTTBroker, options: MQTTStream.Options = MQTTStream.Options()) {
        self.broker = broker
        self.options = options
    }

    init?(_ fields: [PipelineValue.Field], of value: PipelineValue, title: String) {
        var draft = Draft()
        value.read(fields, Self.pipelineKeys, of: title, into: &draft)
        guard var broker = draft.broker, draft.credentials.isWhole(value) else { return nil }
        if draft.authorities != nil, !broker.isSecure {
            value.refuse("has a ca_file, which is for mqtts:// only")
            return nil
        }
        (broker.username, broker.password) = (draft.credentials.username, draft.credentials.passwords.first)
        (broker.authorities, broker.prefix) = (draft.authorities, draft.prefix)
        self.init(broker: broker, options: draft.options)
    }

    var name: String { "\(broker)" }
    var description: String { "\(broker)" }
    /// Where the topics of a pipeline with this name begin.
    func place(of pipeline: String) -> String? { "\(broker)/\(broker.prefix)/\(pipeline)" }

    func attach(to stream: SinkPorts) throws {
        let published = MQTTStream(stream.name, at: broker, of: stream.brokers, options: options, version: posedVersion)
        stream.listeners.add(published.note)
        try stream.deliver(to: self) { published }
    }
}

extension MQTTStream {
    /// Publishes the state that the source is in from then on, by the names of `LiveStatus`.
    fileprivate func note(_ event: LiveEvent) {
        switch event {
        case .connecting: status(LiveStatus.State.connecting.rawValue)
        case .live: status(LiveStatus.State.live.rawValue)
        case .changed: break
        case .stalled: status(LiveStatus.State.stalled.rawValue)
        case .lost(let reason, _): status(LiveStatus.State.waiting.rawValue, reason: reason)
        case .ended: status(LiveStatus.State.ended.rawValue)
        }
    }
}

extension PipelineValue {
    fileprivate func broker() -> MQTTBroker? {
        guard let text = text() else { return nil }
        if isUnresolved { return MQTTBroker(host: text, isSecure: text.hasPrefix("mqtts") || text.hasPrefix("${")) }
        let pattern = /(mqtts?):\/\/(?:\[([0-9A-Fa-f:.%]+)\]|([^\s\/:@?#\[\]]+))(?::([0-9]{1,5}))?\/?/
        let port = { (text: Substring) in Int(text).flatMap { (1...65535).contains($0) ? $0 : nil } }
        if let match = text.wholeMatch(of: pattern), let host = match.2 ?? match.3, match.4.map({ port($0) != nil }) ?? true {
            return MQTTBroker(host: String(host), port: match.4.flatMap(port), isSecure: match.1 == "mqtts")
        }
        let hint = text.contains("@") ? "; who asks is given as username and password" : ""
        refuse("is a broker such as mqtt://broker.local or mqtts://broker.local:8883\(hint)")
        return nil
    }

    /// One or several levels.
    fileprivate func topic() -> String? {
        guard let text = text() else { return nil }
        if isUnresolved { return text }
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        if !text.hasPrefix("$"), levels.allSatisfy({ !$0.isEmpty && !$0.contains { "+#".contains($0) } }) { return text }
        refuse("is a topic such as posed or house/posed, without + and #")
        return nil
    }
}
