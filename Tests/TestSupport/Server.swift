import Foundation

/// A script of `Tests/Servers` that serves on a port of this machine, which it tells in its first line.
public final class Server: Sendable {
    public struct NotStarted: Error, CustomStringConvertible { public let description: String }

    public let port: Int
    private let process = makeProcess()
    private let commands: FileHandle
    private let answers: FileHandle
    private let isGone = DispatchSemaphore(value: 0)

    public init(_ script: String, _ arguments: [String]) throws {
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [repositoryRoot.appending(path: "Tests/Servers/\(script)").path] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.terminationHandler = { @Sendable [isGone] _ in isGone.signal() }
        try process.run()
        (commands, answers) = (input.fileHandleForWriting, output.fileHandleForReading)
        let words = Self.line(answers).split(separator: " ")
        guard words.count == 2, words[0] == "ready", let port = Int(words[1]) else {
            kill(process.processIdentifier, SIGKILL)
            throw NotStarted(description: "\(script) did not start: `make test-deps` installs what it needs")
        }
        self.port = port
    }

    /// Gives a command and waits for its answer, one line.
    @discardableResult public func tell(_ command: String) -> String {
        commands.write(Data((command + "\n").utf8))
        return Self.line(answers)
    }

    public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Ends it as a power cut would.
    public func end() {
        guard process.isRunning else { return }
        signal(SIGKILL)
        _ = isGone.wait(timeout: .now() + 5)
    }

    deinit { end() }

    private static func line(_ handle: FileHandle) -> String {
        var line = Data()
        while let byte = try? handle.read(upToCount: 1), !byte.isEmpty, byte[0] != 10 { line += byte }
        return String(decoding: line, as: UTF8.self)
    }
}
