import Flow
import PoseTypes
import PosedKit
import Settings

/// The images with the people drawn over them, in one mp4 after another.
struct OverlaySink: KeyedSink {
    static let key = "overlay"
    /// Segments have the time of their first image in their names, before the ending.
    var file = ""
    /// Seconds, counted in whole periods since 1970.
    var segment = 600.0
    /// How many whole segments stay; nil keeps all.
    var keep: Int?

    init() {}
    init(path: String) { file = path }

    static var pipelineKeys: [PipelineKey<Self>] {
        [
            PipelineKey(key, \.file) { value in
                guard let path = value.text() else { return nil }
                if value.isUnresolved || path.hasSuffix(".mp4") { return path }
                value.refuse("is the name of mp4 files, such as front.mp4")
                return nil
            },
            .seconds("segment", \.segment, 1...86400),
            .count("keep", \.keep, 1...countless, or: "all"),
        ]
    }

    var isWhole: Bool { !file.isEmpty }
    var name: String { file }
    var description: String { "overlay \(file)" }
    var path: String? { file }

    func attach(to stream: SinkPorts) throws {
        let (report, logger) = stream.report(of: self)
        stream.frames.end(
            WriteSegments(self, report: report, logger: logger, isRetried: !stream.isPatient), name: name,
            capacity: stream.isPatient ? 2 : 8, overflow: stream.overflow, size: { $0.frame.image?.pixels.count ?? 0 })
    }
}
