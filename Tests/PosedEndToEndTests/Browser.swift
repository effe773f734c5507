import Foundation
import TestSupport
import Testing

/// Headless Chromium, driven by `Tests/Browser/browse.py`.
final class Browser: Sendable {
    private let process = makeProcess()
    private let commands: FileHandle
    private let answers: FileHandle

    /// - Parameter authority: a PEM file whose certificates it trusts.
    init(trusting authority: String? = nil) throws {
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [repositoryRoot.appending(path: "Tests/Browser/browse.py").path] + [authority].compactMap { $0 }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        (commands, answers) = (input.fileHandleForWriting, output.fileHandleForReading)
    }

    deinit {
        try? commands.close()
        process.waitUntilExit()
    }

    func open(_ url: String) throws { _ = try ask("open", url) }

    /// The value of an expression in the page: a text, a number or a truth value.
    func evaluate<Value>(_ expression: String, as type: Value.Type = Value.self) throws -> Value {
        let value = try ask("evaluate", expression)
        return try #require(value as? Value, "\(expression): \(String(describing: value))")
    }

    /// As which device the page is shown.
    func look(width: Int, height: Int, dark: Bool) throws {
        _ = try ask("look", ["width": width, "height": height, "dark": dark])
    }

    /// What went wrong in the page since this was asked last.
    func errors() throws -> [String] { try #require(try ask("errors", true) as? [String]) }

    func wait(for expression: String) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try !evaluate("Boolean(\(expression))", as: Bool.self) {
            try #require(.now < deadline, "the page never came to \(expression)")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func ask(_ name: String, _ value: Any) throws -> Any? {
        commands.write(try JSONSerialization.data(withJSONObject: [name: value]) + Data("\n".utf8))
        var line = Data()
        while let byte = try answers.read(upToCount: 1), !byte.isEmpty, byte[0] != 10 { line += byte }
        try #require(!line.isEmpty, "chromium did not start: `make test-deps` installs it")
        let answer = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        try #require(answer["error"] == nil, "\(name) \(value): \(answer["error"]!)")
        return answer["value"]
    }
}
