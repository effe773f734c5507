import Models
import PoseTypes
import Settings

/// What one pipeline is made of, as a pipeline file (docs/pipelines.md) describes it: where pictures come from, what is done
/// to them, where the records go.
///
/// Two that are equal would do the same, so a reload restarts only what differs.
package struct PipelineFile: Sendable, Equatable {
    /// Unlike that of every other pipeline of the program. Records bear it as the name of their stream.
    package var name: String
    package var source: Source
    package var networks = NetworkNames()
    package var regions = Regions()
    package var settings = PoseSettings()
    /// At least one.
    package var sinks: [Sink] = [.standardOutput]
    /// Seconds for which a pipeline that ends may go on with what it has begun.
    package var stopTimeout = 10.0
    /// Seconds that the units of `systemd/` give the service to end: `TimeoutStopSec=`.
    static let serviceStopTimeout = 30.0

    package init(name: String, source: Source) {
        self.name = name
        self.source = source
    }

}

extension PipelineFile {
    static var keys: [PipelineKey<Self>] {
        [
            PipelineKey("name", \.name, name),
            PipelineKey("source", \.source, Source.init),
            .section("detect", \.self, detectKeys),
            .section("estimate", \.self, estimateKeys),
            .choice("precision", \.networks.precision),
            .section("follow", \.settings, PoseSettings.keys(in: .follow)),
            .section("smooth", \.settings, PoseSettings.keys(in: .smooth)),
            PipelineKey("sinks", \.sinks, sinks),
            .seconds("stop_timeout", \.stopTimeout, 0...3600),
        ]
    }

    static var detectKeys: [PipelineKey<Self>] {
        [.text("detector", \.networks.detector), PipelineKey("classes", \.networks.classes, classes)]
            + PoseSettings.keys(in: .detect).map { $0.inside(\.settings) }
            + [.section("regions", \.regions, Regions.keys)]
    }

    static var estimateKeys: [PipelineKey<Self>] {
        [
            .text("pose", \.networks.pose), .choice("dataset", \.networks.dataset),
            PipelineKey("input", \.networks.input, input),
        ]
    }

    private static func input(_ value: PipelineValue) -> CropSize?? {
        if value.isWord("own") { return .some(nil) }
        guard let text = value.text(), !value.isUnresolved else { return nil }
        if let size = CropSize(text) { return size }
        value.refuse("is a height and a width from 16 to 4096, such as 384x288, or own")
        return nil
    }

    private static func classes(_ value: PipelineValue) -> [String]? {
        guard let items = value.items("a list of the detector's classes, such as [person, dog]") else { return nil }
        if items.isEmpty { value.refuse("is an empty list: what is looked for?") }
        return items.compactMap { $0.text() }
    }

    private static func sinks(_ value: PipelineValue) -> [Sink]? {
        guard let items = value.items("a list of sinks, each with a dash") else { return nil }
        if items.isEmpty { value.refuse("is an empty list: where do the records go?") }
        return items.compactMap(Sink.init)
    }

    private static func name(_ value: PipelineValue) -> String? {
        guard let name = value.text(), !value.isUnresolved else { return nil }
        if isName(name) { return name }
        value.refuse("is made of letters, digits, . _ and -, and begins with a letter or a digit")
        return nil
    }

    /// Names become parts of file names, addresses and metrics.
    static func isName(_ name: String) -> Bool { name.wholeMatch(of: /[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}/) != nil }
}
