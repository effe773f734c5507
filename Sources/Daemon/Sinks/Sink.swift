import Settings

/// A place where a stream's records, or its images, go: what a pipeline file says of it, and how it joins a pipeline. One file a
/// kind of sink, and a line in `Sink.kinds`.
protocol SinkSettings: Sendable, Equatable {
    /// The key that makes a section a sink of this kind.
    static var key: String { get }
    /// Every key of such a section, that one included.
    static var keys: [String] { get }

    /// Reads a section; nil where `value` has been told what is wrong.
    init?(_ fields: [PipelineValue.Field], of value: PipelineValue, title: String)

    /// What it is called in logs and counts; without secrets.
    var name: String { get }
    /// In the one line that says what a pipeline would do.
    var description: String { get }
    /// A file that it writes.
    var path: String? { get }
    /// What no two sinks may share, for a pipeline of this name, where it is no file.
    func place(of pipeline: String) -> String?

    /// Joins the pipeline of a stream.
    func attach(to stream: SinkPorts) throws
}

extension SinkSettings {
    var path: String? { nil }
    func place(of pipeline: String) -> String? { nil }
}

/// Sinks whose keys are those of their own properties.
protocol KeyedSink: SinkSettings {
    static var pipelineKeys: [PipelineKey<Self>] { get }
    /// As it is before any key was read.
    init()
    /// Whether the key that makes it what it is was understood.
    var isWhole: Bool { get }
}

extension KeyedSink {
    static var keys: [String] { pipelineKeys.map(\.name) }

    init?(_ fields: [PipelineValue.Field], of value: PipelineValue, title: String) {
        self.init()
        value.read(fields, Self.pipelineKeys, of: title, into: &self)
        guard isWhole else { return nil }
    }
}

extension PipelineFile {
    /// One of a pipeline's sinks, of whichever kind.
    package struct Sink: Sendable, Equatable {
        let settings: any SinkSettings

        static let kinds: [any SinkSettings.Type] = [
            FileSink.self, StandardOutputSink.self, SocketSink.self, MQTTSink.self, OverlaySink.self,
        ]

        init(_ settings: some SinkSettings) { self.settings = settings }

        package static let standardOutput = Sink(StandardOutputSink())

        package static func == (left: Sink, right: Sink) -> Bool { left.settings.isSame(as: right.settings) }

        init?(_ value: PipelineValue) {
            guard let fields = value.fields() else { return nil }
            let kinds = fields.compactMap { field in Self.kinds.first { $0.key == field.key } }
            guard let kind = kinds.first else {
                value.refuse("holds a sink without \(listed(Self.kinds.map { $0.key }, "or"))")
                return nil
            }
            guard kinds.count == 1 else {
                value.refuse("holds a sink with \(kinds[0].key) and \(kinds[1].key): begin each sink with a dash")
                return nil
            }
            guard let settings = kind.init(fields, of: value, title: "a sink with \(kind.key)") else { return nil }
            self.settings = settings
        }
    }
}

extension SinkSettings {
    fileprivate func isSame(as other: any SinkSettings) -> Bool { (other as? Self) == self }
}
