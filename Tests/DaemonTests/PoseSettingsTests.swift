import Daemon
import Foundation
import Settings
import TestSupport
import Testing
import Tracking

@testable import Daemon
@testable import Models
@testable import PosedKit
@testable import Settings

/// A setting's name, range and default stand once, and the command line, pipeline files and the documents agree with them.
@Suite struct PoseSettingsTests {
    @Test func defaultsLieInTheirRanges() { #expect(PoseSettings().problem == nil) }

    @Test func eachSettingIsHeldToItsRange() {
        let changes: [(String, (inout PoseSettings) -> Void)] = [
            ("--threshold lies between 0 and 1", { $0.threshold = 1.1 }), ("--threshold lies", { $0.threshold = .nan }),
            ("--detect-every is 1 or more", { $0.detectEvery = 0 }), ("--max-persons is 1 or more", { $0.maxPersons = 0 }),
            ("--track-buffer lies between 0 and 3600 seconds", { $0.trackBuffer = 3601 }),
            ("--reidentify lies between 0 and 3600 seconds", { $0.reidentify = -1 }),
            ("--min-cutoff lies between 0.001 and 1000 Hz", { $0.minCutoff = 0 }),
            ("--beta lies between 0 and 1000", { $0.beta = -1 }),
            ("--lag lies between 0.001 and 10 seconds", { $0.lag = 0 }), ("--lag lies", { $0.lag = .infinity }),
            ("--keypoint-threshold lies between 0 and 1", { $0.keypointThreshold = -0.1 }),
            ("--trail lies between 0 and 60 seconds", { $0.trail = 61 }),
        ]
        for (words, change) in changes {
            var settings = PoseSettings()
            change(&settings)
            #expect(settings.problem?.hasPrefix(words) == true, "\(words): \(String(describing: settings.problem))")
        }
        #expect(Set(changes.map { $0.0.split(separator: " ")[0] }).count == PoseSettings.keys.count, "every setting is tried")
    }

    /// A key takes the values that its option takes, at both ends.
    @Test(arguments: [
        ("follow: {track_buffer: 3600}", "follow: {track_buffer: 3601}"),
        ("follow: {reidentify: auto}", "follow: {reidentify: never}"), ("follow: {reidentify: 1h}", "follow: {reidentify: 2h}"),
        ("smooth: {lag: 0.001}", "smooth: {lag: 0.0009}"),
        ("smooth: {min_cutoff: 0.001}", "smooth: {min_cutoff: 0}"), ("smooth: {beta: 1000}", "smooth: {beta: 1001}"),
        ("detect: {threshold: 1}", "detect: {threshold: 1.1}"), ("detect: {max_persons: 1}", "detect: {max_persons: 0}"),
    ])
    func pipelineFilesHaveTheSameRanges(good: String, bad: String) throws {
        let folder = try PipelineFolder([
            "good.yaml": "source: {file: a.mp4}\n\(good)\n", "bad.yaml": "source: {file: a.mp4}\n\(bad)\n",
        ])
        func problems(_ name: String) throws -> [PipelineProblem] {
            let store = try ModelStore(folders: [repositoryRoot.appending(path: "weights")])
            return PipelineFile.load(["\(folder.path)/\(name).yaml"], store: store, environment: [:]).problems
                .filter { !"\($0)".contains("a.mp4") }
        }
        #expect(try problems("good") == [])
        #expect(try problems("bad").count == 1)
    }

    /// A camera's people may not want to be known again; a file's are.
    @Test func whoLeftIsKnownAgainInFilesAlone() {
        var settings = PoseSettings()
        #expect(settings.tracking().reidentify == 30 && settings.tracking(isLive: true).reidentify == 0)
        settings.reidentify = 7
        #expect(settings.tracking().reidentify == 7 && settings.tracking(isLive: true).reidentify == 7)
    }

    @Test func thePageTellsEveryDefault() throws {
        let page = try String(contentsOf: repositoryRoot.appending(path: "docs/pipelines.md"), encoding: .utf8)
        for key in PoseSettings.keys where key.section != .draw {
            #expect(page.contains("\n| `\(key.name)` | `\(key.standard)` |"), "\(key.name): \(key.standard)")
        }
    }
}
