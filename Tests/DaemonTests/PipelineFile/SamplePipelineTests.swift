import Basics
import Daemon
import Delivery
import Foundation
import PoseTypes
import Settings
import TestSupport
import Testing

@testable import Daemon
@testable import Models
@testable import PosedKit
@testable import Settings

/// The files of `pipelines/` are the manual: they parse, show every key, and show its default.
@Suite struct SamplePipelineTests {
    private static let samples = ["broker", "camera", "file", "several"]
    private static let folder = repositoryRoot.appending(path: "pipelines")

    /// Every key there is, wherever it belongs.
    private static let keys = Set(
        PipelineFile.keys.map(\.name) + PipelineFile.detectKeys.map(\.name) + Regions.keys.map(\.name)
            + PipelineFile.estimateKeys.map(\.name) + PoseSettings.keys(in: .follow).map(\.name)
            + PoseSettings.keys(in: .smooth).map(\.name)
            + PipelineFile.Source.Kind.allCases.flatMap { $0.keys.map(\.name) }
            + PipelineFile.Sink.kinds.flatMap { $0.keys })

    private static func text(_ sample: String) throws -> String {
        try String(contentsOf: folder.appending(path: "\(sample).yaml"), encoding: .utf8)
    }

    private func load(_ path: String) throws -> (pipelines: [PipelineFile], problems: [PipelineProblem]) {
        let passwords = try PipelineFolder(["entrance": "first line\nsecond line\n", "yard": "p@ss/w:rd"])
        let environment = [
            "CAMERA_URL": "rtsp://192.0.2.10/stream1", "CAMERA_USER": "admin", "CAMERA_PASSWORD": "secret", "VIDEO": "walk.mp4",
            "BROKER": "mqtts://broker.local", "BROKER_PASSWORD": "secret", "BROKER_CA": passwords.path + "/yard",
            "CAMERAS": "192.0.2", "PASSWORDS": passwords.path, "CREDENTIALS_DIRECTORY": passwords.path,
        ]
        return PipelineFile.load(
            [path], store: try ModelStore(folders: [repositoryRoot.appending(path: "weights")]), environment: environment)
    }

    @Test func allOfThemAreSound() throws {
        let (pipelines, problems) = try load(Self.folder.path)
        #expect(problems == [])
        #expect(pipelines.map(\.name) == ["gym", "camera", "file", "entrance", "yard", "desk", "pictures", "pipe"])
        let addresses = pipelines.filter { $0.name == "entrance" || $0.name == "yard" }.map { $0.source.input.address.reveal() }
        #expect(
            addresses == ["rtsp://viewer:first%20line@192.0.2.10/stream1", "rtsp://viewer:p%40ss%2Fw%3Ard@192.0.2.11/stream1"])
    }

    @Test func theCameraShowsTheDefaults() throws {
        let pipelines = try load(Self.folder.appending(path: "camera.yaml").path).pipelines
        let address = Secret("rtsp://admin:secret@192.0.2.10/stream1")
        var expected = PipelineFile(name: "camera", source: PipelineFile.Source(.url(address)))
        expected.sinks = [.init(FileSink(path: "camera.jsonl")), .init(SocketSink(path: "camera.sock"))]
        #expect(pipelines == [expected])
    }

    @Test func theBrokerShowsTheDefaults() throws {
        let pipeline = try #require(try load(Self.folder.appending(path: "broker.yaml").path).pipelines.first)
        var expected = MQTTSink(broker: MQTTBroker(host: "broker.local", isSecure: true))
        guard let found = pipeline.sinks.first?.settings as? MQTTSink else { return #expect(Bool(false), "it has no broker") }
        (expected.broker.username, expected.broker.password) = ("posed", Secret("secret"))
        expected.broker.authorities = found.broker.authorities
        #expect(found == expected)
    }

    @Test func everyKeyIsShown() throws {
        let texts = try Self.samples.map(Self.text).joined(separator: "\n")
        let shown = Set(texts.matches(of: /(?:^|\n)[ -]*([a-z_]+):/).map { String($0.1) })
        #expect(shown == Self.keys)
    }

    @Test func everyKeyOfTheCameraHasAComment() throws {
        let lines = try Self.text("camera").split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where line.contains(/^ *(- )?[a-z_]+: [^ ]/) {
            let before = lines[..<index].last { !$0.contains(/^ *(username|password):/) } ?? ""
            #expect(before.contains(/^ *#/), "\(line)")
        }
    }

    @Test func thePageExplainsEveryKey() throws {
        let page = try String(contentsOf: repositoryRoot.appending(path: "docs/pipelines.md"), encoding: .utf8)
        let explained = Set(
            page.matches(of: /\n\| `([a-z_]+)`(?:, `([a-z_]+)`)*/).flatMap { $0.0.matches(of: /`([a-z_]+)`/) }.map {
                String($0.1)
            })
        #expect(explained == Self.keys)
    }

    @Test func withoutKeysTheOptionsAreThoseOfFiles() {
        let pipeline = PipelineFile(name: "x", source: PipelineFile.Source(.file("x.mp4")))
        #expect(pipeline.settings == FileOptions().settings)
    }
}
