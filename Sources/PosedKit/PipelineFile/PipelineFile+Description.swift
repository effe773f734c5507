import Media
import PoseTypes

extension PipelineFile: CustomStringConvertible {
    /// What it would do, in one line without secrets:
    /// `front: rtsp://***@camera.local/live (tcp, latest) -> person-nano, vitpose-tiny -> front.jsonl, standard output`.
    public var description: String {
        let networks = [networks.detector, networks.pose].joined(separator: ", ")
        return "\(name): \(source) -> \(networks) -> \(sinks.map(\.description).joined(separator: ", "))"
    }
}

extension PipelineFile.Source: CustomStringConvertible {
    public var description: String {
        var words: [String] = []
        if case .url(let address) = input, address.reveal().lowercased().hasPrefix("rtsp") {
            words.append(options.transport.rawValue)
        }
        if !options.tlsVerify { words.append("tls not verified") }
        if options.loop { words.append("loop") }
        if options.realtime { words.append("realtime") }
        words += [options.size, options.rate.map { "\($0) fps" }].compactMap(\.self)
        words.append(policy.rawValue)
        if options.every > 1 { words.append("every \(options.every)") }
        return "\(input) (\(words.joined(separator: ", ")))"
    }
}

extension PipelineFile.Sink: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let file): file.path
        case .standardOutput: "standard output"
        case .socket(let socket): "socket \(socket.path)"
        case .mqtt(let mqtt): "\(mqtt.broker)"
        case .overlay(let overlay): "overlay \(overlay.path)"
        }
    }
}
