import Delivery
import Settings

/// JSON Lines on standard output.
struct StandardOutputSink: KeyedSink {
    static let key = "stdout"
    var isSet = false

    init() {}

    static var pipelineKeys: [PipelineKey<Self>] { [PipelineKey(key) { value, sink in sink.isSet = value.isSet() }] }

    var isWhole: Bool { isSet }
    var name: String { "stdout" }
    var description: String { "standard output" }
    func place(of pipeline: String) -> String? { "-" }

    static func == (_: Self, _: Self) -> Bool { true }

    func attach(to stream: SinkPorts) throws {
        // Standard output does not come back; without another sink the pipeline ends.
        try stream.deliver(to: self, onFailure: stream.isOnly ? .retryUntilReaderGoes : .retry) { try JSONLinesWriter(path: "-") }
    }
}
