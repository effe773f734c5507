import Foundation
import TestSupport
import Testing

@testable import Media

/// All tests of Media lie in here, one after the other: each ends by checking that no C handle is alive.
@Suite(.serialized, .noHandleStays, .ownThread) struct MediaTests {}

struct NoHandleStays: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void) async throws {
        guard !test.isSuite else { return try await body() }
        let folder = FileManager.default.temporaryDirectory.appending(path: "media-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let handles = Handle.Count()
        try await Workspace.$folder.withValue(folder) {
            try await Handle.Count.$current.withValue(handles) { try await body() }
        }
        try FileManager.default.removeItem(atPath: folder)
        #expect(handles.alive == 0, "a C handle was not released")
    }
}

extension Trait where Self == NoHandleStays {
    static var noHandleStays: Self { Self() }
}

/// The folder of the running test, removed at its end.
enum Workspace {
    @TaskLocal static var folder = ""

    static func path(_ name: String) -> String { folder + "/" + name }

    /// Makes a file by the ffmpeg command; the arguments come before the file's name.
    static func make(_ name: String, _ arguments: String) throws -> String {
        _ = try run("ffmpeg", "-nostdin -hide_banner -v error -y \(arguments)", path(name))
        return path(name)
    }

    /// One of ffmpeg's test pictures, moving, with B-frames where the codec knows them.
    static func makeClip(_ name: String, seconds: Double = 1, size: String = "96x64", _ arguments: String = "") throws
        -> String
    {
        try make(name, "-f lavfi -i testsrc2=s=\(size):r=25:d=\(seconds) -pix_fmt yuv420p \(arguments)")
    }

    /// A pipe through which a file comes, once; then it falls silent until `wait` returns.
    static func pipe(of file: String, closingAfter wait: @escaping @Sendable () -> Void = {}) throws -> String {
        let path = path("pipe"), data = try Data(contentsOf: URL(filePath: file))
        mkfifo(path, 0o600)
        Thread.detachNewThread {
            let pipe = open(path, O_WRONLY)
            _ = data.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) }
            wait()
            close(pipe)
        }
        return path
    }

    /// What ffprobe says of the first video stream's frames: nanoseconds since the stream's start.
    static func probedTimes(_ path: String) throws -> [Int64] {
        struct Probe: Decodable {
            struct Frame: Decodable { let best_effort_timestamp: Int64? }
            struct Stream: Decodable { let start_pts: Int64?, time_base: String }
            let frames: [Frame], streams: [Stream]
        }
        let words = "-v quiet -select_streams V:0 -show_entries frame=best_effort_timestamp:stream=start_pts,time_base -of json"
        let probe = try JSONDecoder().decode(Probe.self, from: run("ffprobe", words, path))
        let base = try #require(probe.streams.first).time_base.split(separator: "/").map { Int64($0)! }
        let times = probe.frames.compactMap(\.best_effort_timestamp)
        let start = min(probe.streams[0].start_pts ?? .max, times.first ?? .max)
        return times.map { Int64((Double(($0 - start) * base[0]) * 1e9 / Double(base[1])).rounded()) }
    }

    /// What a tool writes to its standard output; throws what it writes to its standard error where it fails.
    private static func run(_ tool: String, _ arguments: String, _ file: String) throws -> Data {
        let log = path("\(tool).log")
        try Data().write(to: URL(filePath: log))
        let process = Process(), output = Foundation.Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [tool] + arguments.split(separator: " ").map(String.init) + [file]
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolFailed(description: "\(tool): \(try String(contentsOfFile: log, encoding: .utf8))")
        }
        try FileManager.default.removeItem(atPath: log)
        return data
    }
}

struct ToolFailed: Error, CustomStringConvertible { let description: String }
