import Foundation
import Testing

@testable import Basics

/// A file from outside is read within a limit, whatever it is.
@Suite struct ReadingTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "posed-files-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func write(_ bytes: some Sequence<UInt8>, mode: mode_t = 0o600) throws -> String {
        let file = path(UUID().uuidString)
        try Data(bytes).write(to: URL(filePath: file))
        chmod(file, mode)
        return file
    }

    private func problem(_ path: String, atMost limit: Int = 1 << 20, patience: Double = 5) -> String {
        do { return "\(try contents(ofFile: path, atMost: limit, patience: patience).count) bytes" } catch {
            return error.description
        }
    }

    @Test func `a file of the limit is read, one more byte is too much`() throws {
        #expect(problem(try write(Array(repeating: 7, count: 2048)), atMost: 2048) == "2048 bytes")
        #expect(problem(try write(Array(repeating: 7, count: 2049)), atMost: 2048) == "it is larger than 2 KiB")
        #expect(problem(try write([])) == "0 bytes")
    }

    @Test func `endless and sparse files are refused before they fill memory`() throws {
        #expect(problem("/dev/zero") == "it is larger than 1 MiB")
        let sparse = try write([1])
        #expect(truncate(sparse, 5 << 30) == 0)
        #expect(problem(sparse) == "it is larger than 1 MiB")
        #expect(throws: FileProblem("it is larger than 4 GiB")) { try mapped(file: sparse, atMost: 4 << 30) }
        #expect(try mapped(file: sparse, atMost: 5 << 30).count == 5 << 30)
    }

    @Test func `a pipe without a writer is empty, one that says nothing is not waited for`() throws {
        let pipe = path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(problem(pipe) == "0 bytes")
        let writer = open(pipe, O_RDWR | O_NONBLOCK)
        defer { close(writer) }
        #expect(problem(pipe, patience: 0.1) == "it is a pipe that nobody writes to")
        #expect(throws: FileProblem("it is not a regular file")) { try mapped(file: pipe, atMost: 10) }
    }

    @Test func `what cannot be read is told in the system's words`() throws {
        #expect(problem(path("absent")) == "No such file or directory")
        #expect(problem(folder.path) == "it is a folder")
        #expect(throws: FileProblem("it is a folder")) { try mapped(file: folder.path, atMost: 10) }
    }

    @Test(
        arguments: [
            (0o600, nil), (0o400, nil), (0o640, nil), (0o644, "holds a secret that everybody may read"),
            (0o604, "holds a secret that everybody may read"),
            (0o660, "holds a secret that others"), (0o602, "holds a secret that others"),
        ] as [(mode_t, String?)])
    func `a secret that others may read or change is noticed`(mode: mode_t, complaint: String?) throws {
        let file = try write("secret".utf8, mode: mode)
        #expect(secrecyProblem(ofFile: file).map { $0.hasPrefix(complaint ?? "nothing") } ?? (complaint == nil))
    }

    @Test func `a Git LFS pointer is known by its first line`() {
        #expect(isGitLFSPointer(Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".utf8)))
        #expect(!isGitLFSPointer(Data("version".utf8)) && !isGitLFSPointer(Data()))
    }
}
