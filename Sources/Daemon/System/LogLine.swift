import Basics
import Delivery
import Logging
import Records
import Settings

/// What is logged once, with every address in it redacted.
struct LogLine {
    let time: Int64
    let level: Logger.Level
    let message: String
    /// In the order of the keys.
    let metadata: [(key: String, value: String)]
    /// How often it was said since it was last written, if more than once.
    var repeated = 1

    init(_ event: LogEvent, metadata: Logger.Metadata, time: Int64) {
        self.time = time
        level = event.level
        message = redacted(text: event.message.description)
        var values = metadata.mapValues { redacted(text: $0.description) }
        if let error = event.error { values["error"] = redacted(text: "\(error)") }
        self.metadata = values.sorted { $0.key < $1.key }
    }

    /// What makes two lines the same event.
    struct Event: Hashable {
        let level: Logger.Level
        let message: String
        let pipeline: String?
    }

    var event: Event { Event(level: level, message: message, pipeline: pipeline) }

    private var pipeline: String? { metadata.first { $0.key == "pipeline" }?.value }

    /// The bytes with their newline.
    func bytes(_ format: LogFormat) -> [UInt8] {
        switch format {
        case .plain: plain
        case .json: json
        case .journal: Array("<\(priority)>".utf8) + json
        }
    }

    private var plain: [UInt8] {
        var text = "\(stamp) \(level) \(pipeline.map { $0 + ": " } ?? "")\(message)"
        var details = metadata.filter { $0.key != "pipeline" }.map { "\($0.key)=\($0.value)" }
        if repeated > 1 { details.append("repeated=\(repeated)") }
        if !details.isEmpty { text += " (" + details.joined(separator: ", ") + ")" }
        return Array(Self.printable(text).utf8) + [UInt8(ascii: "\n")]
    }

    private var json: [UInt8] {
        var json = TextBytes(capacity: 256)
        json.raw(#"{"t":"#)
        json.string(stamp)
        json.raw(#","level":"#)
        json.string(level.rawValue)
        json.raw(#","message":"#)
        json.string(message)
        for (key, value) in metadata where !["t", "level", "message", "repeated"].contains(key) {
            json.raw(",")
            json.string(key)
            json.raw(":")
            json.string(value)
        }
        if repeated > 1 {
            json.raw(#","repeated":"#)
            json.integer(repeated)
        }
        json.raw("}\n")
        return json.bytes
    }

    private var stamp: String { UTC.text(time).prefix(23) + "Z" }

    /// As syslog(3) counts.
    private var priority: Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// What a camera says of itself must not steer a terminal.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { isControl($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}
