import Foundation
import Models
import TestSupport
import Testing

@testable import Models

/// A folder that goes away with the test.
private final class Scratch {
    let root = FileManager.default.temporaryDirectory.appending(path: "posed-models-\(UUID())").resolvingSymlinksInPath()

    deinit { try? FileManager.default.removeItem(at: root) }

    @discardableResult
    func write(_ text: String, to path: String) throws -> URL {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }

    /// A manifest of one pose network of two files and one detector of one file, in the folder `path`.
    func writeManifest(to path: String) throws {
        try write(
            """
            {"models": [
              {"id": "stick", "kind": "pose", "shipped": false, "licence": "Apache-2.0", "origin": "https://example.org/stick",
               "files": [{"name": "config.json"}, {"name": "model.safetensors", "size": 3,
                 "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}]},
              {"id": "boxer", "kind": "detector", "shipped": true, "licence": "Apache-2.0", "origin": "https://example.org",
               "files": [{"name": "boxer.onnx", "url": "https://example.org/boxer.onnx", "size": 3}]}]}
            """, to: "\(path)/manifest.json")
    }

    func writeStick(to path: String) throws {
        try write("{}", to: "\(path)/stick/config.json")
        try write("abc", to: "\(path)/stick/model.safetensors")
    }
}

@Suite struct ModelStoreTests {
    private let scratch = Scratch()

    private func store(weights: String? = nil, executable: String = "nowhere/bin/posed") throws -> ModelStore {
        try ModelStore(
            environment: weights.map { ["POSED_WEIGHTS": scratch.root.appending(path: $0).path] } ?? [:],
            executable: scratch.root.appending(path: executable))
    }

    @Test func `an id is looked up in POSED_WEIGHTS, the prefix, then the checkout`() throws {
        for place in ["mine", "checkout/share/posed/weights", "checkout/weights"] {
            try scratch.writeManifest(to: place)
            try scratch.writeStick(to: place)
        }
        func found(weights: String? = nil) throws -> String {
            try store(weights: weights, executable: "checkout/bin/posed").location(of: "stick", .pose).path
        }
        #expect(try found(weights: "mine") == scratch.root.path + "/mine/stick")
        #expect(try found() == scratch.root.path + "/checkout/share/posed/weights/stick")
        try FileManager.default.removeItem(at: scratch.root.appending(path: "checkout/share"))
        #expect(try found() == scratch.root.path + "/checkout/weights/stick")
    }

    @Test func `the program's own folder counts, not that of a link to it, nor the working directory`() throws {
        try scratch.writeManifest(to: "checkout/weights")
        try scratch.writeStick(to: "checkout/weights")
        let program = try scratch.write("", to: "checkout/.build/release/posed")
        try scratch.write("", to: "elsewhere/note")
        try FileManager.default.createSymbolicLink(
            at: scratch.root.appending(path: "elsewhere/posed"), withDestinationURL: program)
        #expect(try store(executable: "elsewhere/posed").location(of: "stick", .pose).path.hasSuffix("checkout/weights/stick"))
        #expect(try store(executable: "nowhere/posed").folders.isEmpty)
    }

    @Test func `a folder, a file and a name beside the models will do`() throws {
        try scratch.writeManifest(to: "mine")
        try scratch.write("x", to: "mine/own/config.json")
        let file = try scratch.write("x", to: "mine/boxer.onnx")
        let store = try store(weights: "mine")
        #expect(try store.location(of: "own", .pose).path == scratch.root.path + "/mine/own")
        #expect(try store.location(of: "boxer", .detector).path == file.path)
        #expect(try store.location(of: file.path, .detector).path == file.path)
        #expect(try store.location(of: scratch.root.path, .pose).path == scratch.root.path)
    }

    @Test(arguments: [
        ("stick", Manifest.Kind.pose, "see https://example.org/stick, and name it"),
        ("stick", .pose, "--pose DIR"), ("boxer", .detector, "POSED_WEIGHTS"), ("boxer", .pose, "of the kind detector"),
        ("nobody", .detector, "boxer"), ("", .pose, "stick"),
    ])
    func `what is missing says what to do`(name: String, kind: Manifest.Kind, hint: String) throws {
        try scratch.writeManifest(to: "mine")
        try scratch.write("{}", to: "mine/stick/config.json")
        let store = try store(weights: "mine")
        let error = #expect(throws: ModelError.self) { try store.location(of: name, kind) }
        #expect(error?.kind == .missing)
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }

    @Test func `a POSED_WEIGHTS that is no folder and a broken manifest are errors`() throws {
        try scratch.write("{\"models\": 3}", to: "broken/manifest.json")
        #expect(throws: ModelError.self) { try store(weights: "absent") }
        let error = #expect(throws: ModelError.self) { try store(weights: "broken") }
        #expect(error?.kind == .damaged)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", "\u{0}", #"{"models": 1}"#, #"{"models": [{"id": 1}]}"#,
        #"{"models": [{"id": "a", "kind": "cat", "shipped": true, "licence": "", "origin": "", "files": []}]}"#,
        #"{"models": [{"id": "a", "kind": "pose", "shipped": true, "licence": "", "origin": "", "files": [{"name": "a", "size": 1e300}]}]}"#,
        String(repeating: "[", count: 100_000), "version https://git-lfs.github.com/spec/v1\n",
        String(repeating: " ", count: 1 << 21),
    ])
    func `a manifest that cannot be is refused in one line`(text: String) throws {
        let file = try scratch.write(text, to: "mine/manifest.json")
        let error = #expect(throws: ModelError.self) { try store(weights: "mine") }
        let complaint = error?.description ?? ""
        #expect(complaint.contains(file.path) && !complaint.contains("\n") && complaint.count < 300, "\(complaint)")
    }

    @Test func `a manifest that is a pipe or an endless file is refused`() throws {
        let file = try scratch.write("", to: "mine/manifest.json")
        #expect(truncate(file.path, 5 << 30) == 0)
        #expect(throws: ModelError.self) { try store(weights: "mine") }
        try FileManager.default.removeItem(at: file)
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(throws: ModelError.self) { try store(weights: "mine") }
    }

    @Test func `verification tells whole, damaged, unknown and absent files`() throws {
        try scratch.writeManifest(to: "mine")
        func verify() throws -> [ModelStore.Verification] {
            let store = try store(weights: "mine")
            return store.manifest.models.map(store.verify)
        }
        #expect(try verify() == [.absent, .damaged(["its files are missing"])])

        try scratch.writeStick(to: "mine")
        let file = try scratch.write("xyz", to: "mine/boxer.onnx")
        let folder = scratch.root.appending(path: "mine/stick")
        #expect(try verify() == [.unknown(folder, files: ["config.json"]), .unknown(file, files: ["boxer.onnx"])])

        try scratch.write("abd", to: "mine/stick/model.safetensors")
        try scratch.write("xy", to: "mine/boxer.onnx")
        for (verification, hint) in zip(try verify(), ["SHA-256", "2 bytes instead of 3"]) {
            guard case .damaged(let complaints) = verification else {
                Issue.record("\(verification)")
                continue
            }
            #expect(complaints.count == 1 && complaints[0].contains(hint))
        }
    }

    @Test func `the networks in this repository are whole, and the defaults are among them`() throws {
        let store = try ModelStore(folders: [repositoryRoot.appending(path: "weights")])
        for model in store.manifest.models where model.shipped {
            let folder = repositoryRoot.appending(path: "weights/\(model.id)")
            #expect(store.verify(model) == .whole(folder))
        }
        #expect(try store.location(of: ModelStore.defaultPose, .pose).lastPathComponent == ModelStore.defaultPose)
        #expect(try store.location(of: ModelStore.defaultDetector, .detector).lastPathComponent == ModelStore.defaultDetector)
        #expect(Set(store.manifest.models.map(\.id)).count == store.manifest.models.count)
    }
}

@Suite struct SHA256Tests {
    /// FIPS 180-2, appendix B, and the lengths around the end of a block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        (String(repeating: "a", count: 63), "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
        (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `digests are those of the standard`(message: String, digest: String) {
        #expect(SHA256.digest(of: Data(message.utf8)) == digest)
    }
}
