import Foundation
import Subprocess
import TestSupport
import Testing

/// A reload that meets something broken, of any kind, leaves the running streams as they are.
@Suite(.timeLimit(.minutes(10))) struct ReloadTests {
    private let workshop: Workshop

    init() async throws {
        workshop = try Workshop()
        try await workshop.makeVideo("clip.mp4")
        try workshop.write(
            "source: {file: clip.mp4, loop: true, realtime: true}\nsinks: [{file: kept.jsonl}]\n", to: "pipelines/kept.yaml")
    }

    private var frames: [Int] {
        ((try? workshop.text(of: "kept.jsonl")) ?? "").split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^\{"type":"frame","frame":(\d+)/).flatMap { Int($0.1) }
        }
    }

    /// A copy of the pose network that ships, with its configuration changed.
    private func model(_ name: String, _ key: String, _ value: String) throws {
        let folder = workshop.folder.appending(path: name)
        try FileManager.default.copyItem(at: repositoryRoot.appending(path: "weights/vitpose-tiny"), to: folder)
        let file = folder.appending(path: "config.json")
        let json = try String(contentsOf: file, encoding: .utf8)
        let changed = json.replacing(try Regex("\"\(key)\": *(\\[[^\\]]*\\]|[^,\\n]*)"), with: "\"\(key)\": \(value)")
        try #require(changed != json)
        try Data(changed.utf8).write(to: file)
    }

    /// What is put in the way, and taken away again.
    private func obstacles() throws -> [(name: String, write: @Sendable () throws -> Void)] {
        let models = [
            ("mlp_ratio", "1e300"), ("image_size", "4611686018427387904"), ("scale_factor", "1e9"), ("scale_factor", "33554432"),
            ("hidden_size", "-1"), ("num_attention_heads", "0"), ("scale_factor", "NaN"),
        ].enumerated().map { index, change in
            (
                "\(change.0) \(change.1)",
                { @Sendable in
                    try model("model\(index)", change.0, change.1)
                    try workshop.write("source: {file: clip.mp4}\nestimate: {pose: ./model\(index)}\n", to: "pipelines/bad.yaml")
                }
            )
        }
        let folder = workshop.path("pipelines")
        return models + [
            (
                "LFS pointer",
                { @Sendable in
                    try model("lfs", "mlp_ratio", "4.0")
                    try workshop.write("version https://git-lfs.github.com/spec/v1\nsize 1\n", to: "lfs/model.safetensors")
                    try workshop.write("source: {file: clip.mp4}\nestimate: {pose: ./lfs}\n", to: "pipelines/bad.yaml")
                }
            ),
            (
                "a folder that is no detector",
                { @Sendable in
                    try workshop.write("source: {file: clip.mp4}\ndetect: {detector: ./pipelines}\n", to: "pipelines/bad.yaml")
                }
            ),
            (
                "aliases",
                { @Sendable in
                    let lists = (1...9).map { n in
                        "b\(n): &a\(n) [" + Array(repeating: "*a\(n - 1)", count: 9).joined(separator: ",") + "]"
                    }
                    try workshop.write(
                        "a: &a0 [x,x]\n" + lists.joined(separator: "\n") + "\n? *a9\n: x\n", to: "pipelines/bad.yaml")
                }
            ),
            (
                "dollars",
                { try workshop.write("name: \"" + String(repeating: "${", count: 400_000) + "\"", to: "pipelines/bad.yaml") }
            ),
            (
                "digits",
                { try workshop.write("stop_timeout: " + String(repeating: "1", count: 20_000) + "x", to: "pipelines/bad.yaml") }
            ),
            ("brackets", { @Sendable in try workshop.write(String(repeating: "[", count: 500_000), to: "pipelines/bad.yaml") }),
            (
                "a sparse file",
                { @Sendable in
                    try workshop.write("", to: "pipelines/bad.yaml")
                    try #require(truncate("\(folder)/bad.yaml", 5 << 30) == 0)
                }
            ),
            ("a pipe", { @Sendable in try #require(mkfifo("\(folder)/bad.yaml", 0o600) == 0) }),
            (
                "a device",
                { @Sendable in
                    try FileManager.default.createSymbolicLink(atPath: "\(folder)/bad.yaml", withDestinationPath: "/dev/zero")
                }
            ),
            (
                "bytes",
                { @Sendable in try Data([0xFF, 0xFE, 0x00]).write(to: workshop.folder.appending(path: "pipelines/bad.yaml")) }
            ),
            ("nothing at all", { @Sendable in try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away") }),
        ]
    }

    @Test func whateverIsBrokenTheStreamGoesOn() async throws {
        let obstacles = try obstacles()
        let outcome = try await workshop.posed(["run", "pipelines", "--pid-file", "pid"]) { process in
            try await workshop.wait { frames.count > 5 }
            for (name, write) in obstacles {
                try write()
                let before = frames.count
                try process.send(signal: .terminalClosed)
                try await workshop.wait { frames.count > before + 25 }
                try? FileManager.default.removeItem(atPath: workshop.path("pipelines/bad.yaml"))
                if workshop.exists("pipelines-away") {
                    try FileManager.default.moveItem(atPath: workshop.path("pipelines-away"), toPath: workshop.path("pipelines"))
                }
                #expect(process.processIdentifier.value > 0, "\(name)")
            }
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
        // Alike messages within a second are one; a broken file says so each time.
        #expect(outcome.messages.contains { $0.contains("not reloaded: everything goes on as before") })
        for word in [
            "hidden_size times mlp_ratio", "scale_factor is", "git lfs pull", "holds up to 20000 values", "deep in one another",
        ] {
            #expect(outcome.messages.contains { $0.contains(word) }, "\(word): \(outcome.messages)")
        }
        #expect(
            ((try? workshop.text(of: "kept.jsonl")) ?? "").split(separator: "\n").count { $0.hasPrefix(#"{"type":"header""#) }
                == 1)
        // It drops what this machine is too busy for; a reload that held it up would leave a hole.
        let written = self.frames
        #expect(zip(written, written.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 < 50 })
    }
}
