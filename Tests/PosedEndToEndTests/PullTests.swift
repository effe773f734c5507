import Foundation
import Subprocess
import TestSupport
import Testing

/// `posed models pull` as a user types it, against a mirror made of the small networks of the other tests.
@Suite struct PullTests {
    private struct Manifest: Decodable {
        struct Model: Decodable {
            struct File: Decodable {
                let name: String
                let sha256: String?
            }

            let id: String
            let kind: String
            let shipped: Bool
            let files: [File]

            var isKnown: Bool { files.contains { $0.sha256 != nil } }
            /// A small network of the same kind, with all of its files.
            func makeSmall() throws -> URL {
                let (name, set) =
                    switch id {
                    case _ where kind == "pose": ("vitpose_simple", "networks")
                    case _ where id.hasPrefix("dfine"): ("dfine", "detectors")
                    case _ where id.hasPrefix("rtdetr_v2"): ("rtdetr_v2", "detectors")
                    default: ("rtdetr_basic", "detectors")
                    }
                let folder = try generatedFolder(name, of: set)
                let size = kind == "pose" ? #"{"height": 64, "width": 48}"# : #"{"height": 64, "width": 96}"#
                let normal = #""image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]"#
                try Data(#"{"size": \#(size), \#(normal)}"#.utf8).write(to: folder.appending(path: "preprocessor_config.json"))
                return folder
            }
        }

        let models: [Model]
    }

    private let workshop: Workshop
    private let models: [Manifest.Model]
    private let mine: Environment

    init() throws {
        workshop = try Workshop()
        let manifest = try Data(contentsOf: repositoryRoot.appending(path: "weights/manifest.json"))
        models = try JSONDecoder().decode(Manifest.self, from: manifest).models.filter { !$0.shipped }
        mine = .inherit.updating([
            "XDG_DATA_HOME": workshop.path("data"), "POSED_WEIGHTS": repositoryRoot.appending(path: "weights").path,
        ])
        for model in models {
            let folder = workshop.folder.appending(path: "mirror/\(model.id)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let small = model.isKnown ? nil : try model.makeSmall()
            for file in model.files {
                // What is known by its checksum has no small one.
                let source = small?.appending(path: file.name) ?? fixture("networks/manifest.json")
                try FileManager.default.copyItem(at: source, to: folder.appending(path: file.name))
            }
            if let small { try FileManager.default.removeItem(at: small) }
        }
    }

    private func posed(_ arguments: [String]) async throws -> Workshop.Outcome {
        try await workshop.posed(arguments, environment: mine) { _ in }
    }

    @Test func `every model of the list comes from a mirror, and runs`() async throws {
        let server = try Server("models.py", [workshop.path("mirror")])
        let unknown = models.filter { !$0.isKnown }
        let pulled = try await posed(
            ["models", "pull", "--from", "http://127.0.0.1:\(server.port)/plain"] + unknown.map(\.id))
        #expect(pulled.status == .exited(0), "\(pulled.messages)")
        #expect(pulled.messages.isEmpty)  // no bar where there is no terminal
        let list = try await posed(["models", "list"]).output
        #expect(list.components(separatedBy: "    uncalibrated: ").count > 10)
        let verification = try await posed(["models", "verify"])
        #expect(verification.status == .exited(0))
        try await workshop.tool(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x128", "-frames:v", "1", "picture.png")
        try workshop.makeBoxes()
        for model in unknown {
            let place = workshop.path("data/posed/weights/\(model.id)")
            #expect(pulled.output.contains("\(model.id): \(place)\n"))
            #expect(list.contains(place), "\(list)")
            #expect(verification.output.contains("\(model.id): whole (\(place))"))
            let networks =
                model.kind == "pose"
                ? ["--pose", model.id, "--boxes", "boxes.jsonl"] : ["--detector", model.id, "--threshold", "1"]
            let run = try await posed(["process", "picture.png", "--out", "\(model.id).jsonl"] + networks)
            #expect(run.status == .exited(0), "\(model.id): \(run.messages)")
        }
        // Nothing is asked for twice.
        _ = server.tell("requests")
        let again = try await posed(["models", "pull", "--from", "http://127.0.0.1:\(server.port)/plain", unknown[0].id])
        #expect(again.status == .exited(0) && again.output.contains("is here, and whole"))
        #expect(server.tell("requests") == "[]")
    }

    @Test func `what cannot be had is said in a line, and the rest comes`() async throws {
        let server = try Server("models.py", [workshop.path("mirror")])
        let mirror = "http://127.0.0.1:\(server.port)"
        let known = try #require(models.first { $0.isKnown }).id
        let pose = try #require(models.first { !$0.isKnown }).id
        for (arguments, code, hint) in [
            (["--from", mirror + "/plain/none", pose], 69, "404"),
            (["--from", mirror + "/plain", "nobody"], 64, "no model has the id nobody"),
            (["--from", "mirror/nowhere", pose], 66, "neither a folder nor an address"),
            (["--from", "mirror", "--into", "/dev/null/x", pose], 73, "/dev/null/x"),
            (["--from", mirror + "/plain", known, pose], 65, "bytes instead of"),
        ] as [([String], Int32, String)] {
            let outcome = try await posed(["models", "pull"] + arguments)
            #expect(outcome.status == .exited(code), "\(arguments): \(outcome)")
            #expect(
                outcome.complaints.count == 1 && outcome.messages.count == 1 && outcome.messages[0].contains(hint), "\(outcome)")
        }
        #expect(workshop.exists("data/posed/weights/\(pose)/model.safetensors"))
        let missing = try await posed(["process", "picture.png", "--pose", models.filter { !$0.isKnown }[1].id])
        #expect(missing.status == .exited(66) && missing.messages[0].contains("posed models pull"))
    }

    @Test func `a picture may be named by its address`() async throws {
        let server = try Server("models.py", [fixture("processing").path])
        let address = "http://127.0.0.1:\(server.port)/plain/"
        let here = try await posed(["process", fixture("processing/frame.png").path, "--out", "here.jsonl"])
        let there = try await posed(["process", address + "frame.png", "--out", "there.jsonl"])
        #expect(here.status == .exited(0) && there.status == .exited(0), "\(there.messages)")
        let (one, other) = (try workshop.text(of: "here.jsonl"), try workshop.text(of: "there.jsonl"))
        #expect(one.split(separator: "\n").last == other.split(separator: "\n").last)
        let absent = try await posed(["process", address + "none.png", "--out", "absent.jsonl"])
        #expect(absent.status == .exited(66) && absent.complaints.count == 1 && absent.complaints[0].contains("404"), "\(absent)")
    }

    /// A pull that is killed half-way leaves no model, and the next one goes on.
    @Test func `a pull that is killed goes on`() async throws {
        let server = try Server("models.py", [workshop.path("mirror")])
        let model = try #require(models.first { !$0.isKnown && $0.files.count == 3 })
        let part = "data/posed/weights/.\(model.id).part"
        let weights = workshop.path("mirror/\(model.id)/model.safetensors")
        let whole = try Data(contentsOf: URL(filePath: weights))
        for name in model.files.map(\.name) where name != "model.safetensors" {
            try FileManager.default.createDirectory(atPath: workshop.path(part), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: workshop.path("mirror/\(model.id)/\(name)"), toPath: workshop.path("\(part)/\(name)"))
        }
        let killed = try await workshop.posed(
            ["models", "pull", "--from", "http://127.0.0.1:\(server.port)/stalled", model.id], environment: mine
        ) { execution in
            try await workshop.wait { (try? workshop.size(of: "\(part)/model.safetensors.part")) == whole.count / 2 }
            try execution.send(signal: .kill)
        }
        #expect(killed.status == .signaled(SIGKILL))
        #expect(!workshop.exists("data/posed/weights/\(model.id)"))
        let outcome = try await posed(["models", "pull", "--from", "http://127.0.0.1:\(server.port)/plain", model.id])
        #expect(outcome.status == .exited(0), "\(outcome)")
        #expect(server.tell("requests").contains(#""range": "bytes=\#(whole.count / 2)-""#))
        #expect(
            try Data(contentsOf: workshop.folder.appending(path: "data/posed/weights/\(model.id)/model.safetensors")) == whole)
    }
}
