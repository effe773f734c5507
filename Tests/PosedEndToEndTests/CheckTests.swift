import Foundation
import Subprocess
import TestSupport
import Testing

@Suite struct CheckTests {
    @Test func everyProblemIsALineThatEditorsRead() async throws {
        let workshop = try Workshop()
        try workshop.write("source: {url: 'rtsp://admin:hunter2@cam/', every: 0}\ncolour: red\n", to: "a.yaml")
        try workshop.write("source: {file: a.mp4}\nname: b", to: "b.yaml")
        let outcome = try await workshop.posed("check", "a.yaml", "b.yaml", "absent.yaml")
        #expect(outcome.status == .exited(78))
        #expect(outcome.output == "")
        #expect(
            outcome.messages == [
                "a.yaml:1:51: source.every is a whole number, 1 or more, not 0",
                "a.yaml:2:1: a pipeline has no key colour: it has name, source, detect, estimate, precision, follow, smooth, sinks and stop_timeout",
                "absent.yaml: cannot be read: No such file or directory",
            ])
    }

    @Test func soundPipelinesSayWhatTheyWouldDo() async throws {
        let workshop = try Workshop()
        try workshop.write(
            "source: {url: 'rtsp://admin:hunter2@cam/'}\n---\nname: b\nsource: {file: a.mp4}\nsinks: [{file: b}]", to: "a.yaml")
        let outcome = try await workshop.posed("check", "a.yaml")
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages == [])
        #expect(
            outcome.output == """
                a: rtsp://***@cam/ (tcp, latest) -> person-nano, vitpose-tiny -> standard output
                b: a.mp4 (all) -> person-nano, vitpose-tiny -> b

                """)
    }

    /// Keys of the stages and options of `posed process` are the same words with the same defaults.
    @Test func keysAreOptions() async throws {
        let help = try await Workshop().posed("help", "process").output.split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        let sample = try String(contentsOf: repositoryRoot.appending(path: "pipelines/camera.yaml"), encoding: .utf8)
        let stages = try #require(sample.firstMatch(of: /\ndetect:\n((?s).*)\n# Where the records go/)).1
        let settings = stages.matches(of: /\n  ([a-z_]+): (\S+)/).map { (key: $0.1, value: $0.2) }
        #expect(settings.count == 14)
        for (key, value) in settings {
            let option = key.replacing("_", with: "-")
            if value == "true" {
                #expect(help.contains("--no-\(option) "), "\(key)")
                continue
            }
            let description = try #require(help.firstRange(of: "--\(option) <")).upperBound
            let found = try #require(help[description...].firstMatch(of: /\(default: ([^)]*)\)/)).1
            #expect("[\(found)]" == value || found == value || Double(found) == Double(value), "\(key)")
        }
    }
}
