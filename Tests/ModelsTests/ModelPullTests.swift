import Foundation
import TestSupport
import Testing

@testable import Models

/// Pulling from a real server on loopback, which fails in every way: `Tests/Servers/models.py`.
@Suite struct ModelPullTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "posed-pull-\(UUID())").resolvingSymlinksInPath()
    private let server: Server
    private let weights = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

    init() throws {
        try FileManager.default.createDirectory(at: folder.appending(path: "source/stick"), withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: folder.appending(path: "source/stick/config.json"))
        try weights.write(to: folder.appending(path: "source/stick/model.safetensors"))
        server = try Server("models.py", [folder.appending(path: "source").path])
    }

    private var into: URL { folder.appending(path: "into") }
    private var part: URL { into.appending(path: ".stick.part/model.safetensors.part") }
    private var host: String { "http://127.0.0.1:\(server.port)" }

    private func model(isKnown: Bool = true, url: String? = nil) -> Manifest.Model {
        Manifest.Model(
            id: "stick", kind: .pose, shipped: false, licence: "Apache-2.0", origin: "https://example.org", note: nil,
            precisions: nil,
            files: [
                .init(name: "config.json", url: url.map { $0 + "config.json" }, size: nil, sha256: nil),
                .init(
                    name: "model.safetensors", url: url.map { $0 + "model.safetensors" }, size: isKnown ? weights.count : nil,
                    sha256: isKnown ? SHA256.digest(of: weights) : nil),
            ])
    }

    @discardableResult
    private func pull(
        _ mode: String, isKnown: Bool = true, url: String? = nil, environment: [String: String] = [:], patience: Int = 20
    ) throws -> URL {
        try ModelPull(
            into: into.path, from: url == nil ? "\(host)/\(mode)" : nil, environment: environment, patience: patience
        ).pull(model(isKnown: isKnown, url: url)) { _, _, _ in }
    }

    private func expectWhole(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
        let own = into.appending(path: "stick")
        #expect(try Data(contentsOf: own.appending(path: "model.safetensors")) == weights, sourceLocation: sourceLocation)
        #expect(try FileManager.default.contentsOfDirectory(atPath: into.path) == ["stick"], sourceLocation: sourceLocation)
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: own.path)) == [
                "config.json", "model.safetensors", "SHA256SUMS",
            ],
            sourceLocation: sourceLocation)
        let check = try outcome(of: ["sh", "-c", "cd '\(own.path)' && sha256sum --strict -c SHA256SUMS"])
        #expect(check.status == 0, "\(check)", sourceLocation: sourceLocation)
    }

    /// What the server was asked for since.
    private func requests() throws -> [[String: String]] {
        try JSONDecoder().decode([[String: String]].self, from: Data(server.tell("requests").utf8))
    }

    @Test(arguments: ["plain", "moved", "away", "whole", "beyond", "other"], [true, false])
    func `a model comes as a whole, with its checksums`(mode: String, isKnown: Bool) throws {
        let own = try pull(mode, isKnown: isKnown)
        #expect(own.path == into.appending(path: "stick").path)
        try expectWhole()
    }

    @Test func `a folder is a mirror, too`() throws {
        try FileManager.default.moveItem(at: folder.appending(path: "source"), to: folder.appending(path: "a mirror #1%41"))
        _ = try ModelPull(into: into.path, from: folder.appending(path: "a mirror #1%41").path, environment: [:])
            .pull(model()) { _, _, _ in }
        try expectWhole()
    }

    @Test(arguments: [true, false])
    func `what ended early goes on from there`(isKnown: Bool) throws {
        let error = #expect(throws: ModelError.self) { try pull("short", isKnown: isKnown) }
        // config.json has 2 bytes, of which the half came.
        #expect(error?.kind == .unreachable && error?.description.contains("pull again") == true)
        try Data("{}".utf8).write(to: into.appending(path: ".stick.part/config.json"))
        #expect(throws: ModelError.self) { try pull("short", isKnown: isKnown) }
        #expect(try Data(contentsOf: part) == weights.prefix(150_000))
        _ = try requests()
        try pull("plain", isKnown: isKnown)
        try expectWhole()
        #expect(try requests().map { $0["range"] } == ["bytes=150000-"])
    }

    @Test(arguments: ["whole", "beyond"])
    func `a server that knows no parts is asked for all of it`(mode: String) throws {
        try prepare(weights.prefix(1000))
        try pull(mode)
        try expectWhole()
    }

    @Test func `a part that the server has not is begun anew`() throws {
        try prepare(weights + weights)
        try pull("plain")
        try expectWhole()
    }

    @Test func `another file than before is begun anew`() throws {
        try prepare(Data())
        #expect(throws: ModelError.self) { try pull("changed", isKnown: false) }
        #expect(try Data(contentsOf: part) == weights.prefix(150_000))
        try Data(repeating: 7, count: 150_000).write(to: part)
        try pull("plain", isKnown: false)
        try expectWhole()
    }

    /// Where an earlier pull may have ended: `config.json` is whole, the weights are not.
    private func prepare(_ bytes: Data) throws {
        try FileManager.default.createDirectory(at: part.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: into.appending(path: ".stick.part/config.json"))
        try bytes.write(to: part)
    }

    @Test(arguments: [
        ("wrong", ModelError.Kind.damaged, "instead of"), ("nothing", .unreachable, "404"),
        ("other", .unreachable, "another part"),
        ("endless", .damaged, "larger than it may be"), ("stalled", .unreachable, "nothing came"),
    ])
    func `what is not right is said in one line, and nothing of it stays`(mode: String, kind: ModelError.Kind, hint: String)
        throws
    {
        try prepare(mode == "other" ? weights.prefix(1000) : Data())
        let error = #expect(throws: ModelError.self) { try pull(mode == "nothing" ? "plain/none" : mode, patience: 1) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
        #expect(error?.kind == kind && error?.description.contains("\n") == false)
        #expect(!FileManager.default.fileExists(atPath: into.appending(path: "stick").path))
        #expect(mode != "wrong" || !FileManager.default.fileExists(atPath: part.path))
        try pull("plain")
        try expectWhole()
    }

    @Test func `a server that is not there, an address that is none, and a full disk are said in one line`() throws {
        #expect(throws: ModelError.self) {
            try ModelPull(into: into.path, from: "http://127.0.0.1:1/x", environment: [:]).pull(model()) { _, _, _ in }
        }
        let neither = #expect(throws: ModelError.self) {
            try ModelPull(into: into.path, from: "ftp://me:secret@host/x", environment: [:])
        }
        #expect(neither?.description.contains("secret") == false)
        #expect(throws: ModelError.self) { try ModelPull(environment: [:]) }
        try prepare(Data())
        try FileManager.default.removeItem(at: part)
        try FileManager.default.createSymbolicLink(atPath: part.path, withDestinationPath: "/dev/full")
        let full = #expect(throws: ModelError.self) { try pull("plain") }
        #expect(full?.kind == .unwritable && full?.description.contains("No space left") == true, "\(String(describing: full))")
    }

    @Test func `a token is for the publisher alone`() throws {
        let url = "https://huggingface.co/"
        let environment = ["HF_ENDPOINT": "\(host)/token/stick/", "HF_TOKEN": "right"]
        try pull("", url: url, environment: environment)
        try expectWhole()
        #expect(try requests().allSatisfy { $0["authorization"] == "Bearer right" })

        try FileManager.default.removeItem(at: into)
        try pull("", url: url, environment: ["HF_ENDPOINT": "\(host)/away/stick", "HF_TOKEN": "right"])
        let asked = try requests()
        #expect(asked.count == 4)
        for request in asked {
            let isPublisher = request["host"] == "127.0.0.1:\(server.port)"
            #expect(request["authorization"] == (isPublisher ? "Bearer right" : nil), "\(request)")
        }

        try FileManager.default.removeItem(at: into)
        try pull("plain", environment: ["HF_TOKEN": "right"])
        #expect(try requests().allSatisfy { $0["authorization"] == nil })

        try FileManager.default.removeItem(at: into)
        let closed = #expect(throws: ModelError.self) {
            try pull("", url: url, environment: ["HF_ENDPOINT": "\(host)/token/stick", "HF_TOKEN": "wrong"])
        }
        #expect(closed?.kind == .unreachable && closed?.description.contains("HF_TOKEN") == true)
        #expect(closed?.description.contains("wrong") == false)
    }

    @Test func `two do not pull the same model at once`() throws {
        try prepare(Data())
        let folder = open(into.appending(path: ".stick.part").path, O_RDONLY | O_DIRECTORY)
        #expect(flock(folder, LOCK_EX | LOCK_NB) == 0)
        let error = #expect(throws: ModelError.self) { try pull("plain") }
        #expect(error?.description.contains("another process") == true)
        close(folder)
        try pull("plain")
        try expectWhole()
    }

    @Test(arguments: ["", ".", "..", "a/b", ".hidden", "/etc/passwd"])
    func `names that are no names of files are refused`(name: String) throws {
        let model = Manifest.Model(
            id: "stick", kind: .pose, shipped: false, licence: "", origin: "", note: nil, precisions: nil,
            files: [.init(name: name, url: "https://example.org/x", size: nil, sha256: nil)])
        let error = #expect(throws: ModelError.self) {
            try ModelPull(into: into.path, from: host, environment: [:]).pull(model) { _, _, _ in }
        }
        #expect(error?.kind == .damaged)
    }

    @Test func `what was pulled is found, by the user and by the service, and its checksums are held against it`() throws {
        let state = folder.appending(path: "state")
        _ = try ModelPull(from: "\(host)/plain", environment: ["STATE_DIRECTORY": state.path]).pull(model(isKnown: false)) {
            _, _, _ in
        }
        #expect(FileManager.default.fileExists(atPath: state.appending(path: "weights/stick/config.json").path))
        _ = try ModelPull(from: "\(host)/plain", environment: ["HOME": folder.path]).pull(model(isKnown: false)) { _, _, _ in }
        let weights = folder.appending(path: ".local/share/posed/weights")
        for environment in [
            ["HOME": folder.path], ["XDG_DATA_HOME": folder.path + "/.local/share"], ["STATE_DIRECTORY": state.path],
        ] {
            let folders = try ModelStore(environment: environment, executable: folder.appending(path: "bin/posed")).folders
            #expect(folders.count == 1)
        }
        let manifest = Manifest(models: [model(isKnown: false)])
        let store = try ModelStore(folders: [weights])
        #expect(store.verify(manifest.models[0]) == .whole(weights.appending(path: "stick")))
        try Data("[]".utf8).write(to: weights.appending(path: "stick/config.json"))
        guard case .damaged(let complaints) = store.verify(manifest.models[0]) else {
            Issue.record("not noticed")
            return
        }
        #expect(complaints.count == 1 && complaints[0].contains("SHA-256"))
    }
}
