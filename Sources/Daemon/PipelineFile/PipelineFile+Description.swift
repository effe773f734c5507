import Models
import Basics
import Media
import PoseTypes

extension PipelineFile: CustomStringConvertible {
    /// What it would do, in one line without secrets:
    /// `front: rtsp://***@camera.local/live (tcp, latest) -> person-nano, vitpose-tiny -> front.jsonl, standard output`.
    package var description: String {
        let networks = [networks.detector, networks.pose].joined(separator: ", ")
        return "\(name): \(source) -> \(networks) -> \(sinks.map(\.settings.description).joined(separator: ", "))"
    }
}

extension PipelineFile.Source: CustomStringConvertible {
    package var description: String {
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
