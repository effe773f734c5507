import Daemon
import Foundation
import PosedKit
import Settings
import TestSupport

@testable import struct Models.ModelStore

/// A folder of pipeline files for one test.
final class PipelineFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "pipelines-\(UUID())").path

    init(_ files: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(text, to: name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)")) }

    /// All files of the folder.
    func load(environment: [String: String] = [:]) throws -> (pipelines: [PipelineFile], problems: [PipelineProblem]) {
        PipelineFile.load([path], store: try store(), environment: environment)
    }

    /// What is wrong with them, without the folder's name.
    func problems(environment: [String: String] = [:]) throws -> [String] {
        try load(environment: environment).problems.map { $0.description.replacing("\(path)/", with: "") }
    }

    private func store() throws -> ModelStore { try ModelStore(folders: [repositoryRoot.appending(path: "weights")]) }
}

/// The one pipeline of a file that is sound.
func pipeline(_ text: String, environment: [String: String] = [:]) throws -> PipelineFile {
    let loaded = try PipelineFolder(["cam.yaml": text]).load(environment: environment)
    guard let pipeline = loaded.pipelines.first, loaded.problems.isEmpty else { throw Unsound(problems: loaded.problems) }
    return pipeline
}

struct Unsound: Error { let problems: [PipelineProblem] }
