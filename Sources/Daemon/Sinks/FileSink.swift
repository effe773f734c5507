import Delivery
import Settings

/// JSON Lines in a file that is renamed when it is large or old enough.
struct FileSink: KeyedSink {
    static let key = "file"
    var file = ""
    var policy = RotatingFile.Policy()

    init() {}
    init(path: String) { file = path }

    static var pipelineKeys: [PipelineKey<Self>] {
        [
            .text(key, \.file),
            .bytes("rotate_size", \.policy.rotateSize, or: "never"),
            .seconds("rotate_age", \.policy.rotateAge, 1...31_536_000, or: "never"),
            .count("keep", \.policy.keep, 1...countless, or: "all"),
            PipelineKey("fsync", \.policy.fsync) { value in
                if value.isWord("never") { return .never }
                if value.isWord("rotation") { return .rotation }
                return value.seconds(in: 0.1...86400, or: "never or rotation").map { .every(seconds: $0) }
            },
        ]
    }

    var isWhole: Bool { !file.isEmpty }
    var name: String { file }
    var description: String { file }
    var path: String? { file }

    func attach(to stream: SinkPorts) throws {
        try stream.deliver(to: self) { [file, policy] in try RotatingFile(path: file, policy: policy) }
    }
}
