import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A folder of its own in which the built commands run; it goes when the test is over.
final class Workshop: Sendable {
    struct Outcome {
        var status: TerminationStatus
        var output: String
        /// Standard error, line by line.
        var messages: [String]

        /// What begins with `posed: `.
        var complaints: [String] { messages.filter { $0.hasPrefix("posed: ") } }
    }

    let folder: URL

    /// The built `posed`, beside the test bundle.
    static let posed = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "posed").path

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Makes the folder that the name may hold.
    func write(_ text: String, to name: String) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func text(of name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// In bytes.
    func size(of name: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path(name))[.size] as? Int ?? 0
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Runs `posed` to its end.
    func posed(_ arguments: String...) async throws -> Outcome { try await posed(arguments) { _ in } }

    /// Runs `posed`, and `meanwhile` beside it.
    ///
    /// - Parameter launcher: a program of the system that becomes `posed`, with its arguments.
    func posed(
        _ arguments: [String], through launcher: [String] = [], environment: Environment = .inherit,
        meanwhile: @Sendable (Execution<NoInput, StringOutput<UTF8>, StringOutput<UTF8>>) async throws -> Void
    ) async throws -> Outcome {
        let command = launcher + [Self.posed] + arguments
        let result = try await run(
            command[0].hasPrefix("/") ? .path(FilePath(command[0])) : .name(command[0]),
            arguments: Arguments(Array(command.dropFirst())), environment: environment,
            workingDirectory: FilePath(folder.path),
            input: .none, output: .string(limit: 10_000_000), error: .string(limit: 1_000_000), body: meanwhile)
        return Outcome(
            status: result.terminationStatus, output: result.standardOutput,
            messages: result.standardError.split(separator: "\n").map(String.init))
    }

    /// Returns once `condition` holds; fails if it does not within three minutes.
    func wait(for condition: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(180)
        while try !condition() {
            try #require(.now < deadline, "what was waited for did not happen")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Runs a command of the system by its name or path, which must succeed, and returns what it printed.
    @discardableResult
    func tool(_ name: String, _ arguments: String...) async throws -> String {
        let result = try await run(
            name.hasPrefix("/") ? .path(FilePath(name)) : .name(name), arguments: Arguments(arguments),
            workingDirectory: FilePath(folder.path),
            output: .string(limit: 10_000_000), error: .string(limit: 1_000_000))
        try #require(result.terminationStatus == .exited(0), "\(name) \(arguments): \(result.standardError)")
        return result.standardOutput
    }
}

extension Workshop {
    /// Makes a video of a moving test picture.
    func makeVideo(_ name: String, seconds: Double = 0.8, size: String = "96x128") async throws {
        try await tool(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=\(size):rate=25:duration=\(seconds)", "-c:v", "libx264",
            "-preset", "ultrafast", "-pix_fmt", "yuv420p", name)
    }

    /// Makes a video of two real people, in which the camera swings from side to side.
    func makeWalk(_ name: String) async throws {
        try await tool(
            "ffmpeg", "-v", "error", "-loop", "1", "-i", fixture("processing/frame.png").path, "-vf",
            "fps=15,scale=960:540,crop=720:480:'120+110*sin(2*PI*t/4)':30", "-t", "4", "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", name)
    }

    /// Makes a boxes file in which one person stands in the first `frames` frames.
    func makeBoxes(_ name: String = "boxes.jsonl", frames: Int = 1) throws {
        try write((0..<frames).map { #"{"frame":\#($0),"boxes":[[20,10,60,100]]}"# }.joined(separator: "\n"), to: name)
    }

    /// What ffprobe says of the frames' times, in seconds since the first.
    func times(of name: String) async throws -> [Double] {
        let times = try await tool(
            "ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0", name
        ).split(separator: "\n").compactMap { Double($0.prefix { $0 != "," }) }
        return times.map { $0 - times[0] }
    }
}

/// The lines of a record stream, each of which must be whole.
struct Records {
    var header: [String: Any]
    /// Every frame's first version.
    var frames: [[String: Any]]
    var revisions: [[String: Any]]
    var tracks: [[String: Any]]

    init(_ text: String) throws {
        try #require(text.hasSuffix("\n"), "the last line is cut off")
        let lines = try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        header = try #require(lines.first)
        #expect(header["type"] as? String == "header")
        let types = Dictionary(grouping: lines.dropFirst()) { $0["type"] as? String }
        #expect(Set(types.keys).isSubset(of: ["frame", "track", "gap"]))
        frames = types["frame"]?.filter { $0["rev"] == nil } ?? []
        revisions = types["frame"]?.filter { $0["rev"] as? Int == 1 } ?? []
        tracks = types["track"] ?? []
    }

    var numbers: [Int] { frames.compactMap { $0["frame"] as? Int } }
    var seconds: [Double] { frames.compactMap { ($0["pts_ns"] as? Int).map { Double($0) / 1e9 } } }
    var people: [[[String: Any]]] { frames.compactMap { $0["persons"] as? [[String: Any]] } }
}

func isClose(_ left: [Double], _ right: [Double], within tolerance: Double) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= tolerance }
}
