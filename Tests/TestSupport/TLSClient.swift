import Foundation

/// A client of a server on this machine over TLS, that says exactly what it is told to: `openssl s_client`.
public final class TLSClient: Sendable {
    private let process = makeProcess()
    private let to = Pipe()
    private let from = Pipe()

    /// - Parameters:
    ///   - authority: PEM of whom it trusts.
    ///   - more: options.
    public init(port: Int, authority: String, _ more: [String] = []) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["openssl", "s_client", "-quiet", "-verify_return_error", "-verify_hostname", "localhost", "-CAfile", authority]
            + ["-connect", "127.0.0.1:\(port)"] + more
        process.standardInput = to
        process.standardOutput = from
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    // Threads of Dispatch block the signals that ask, and so do the programs that they start.
    deinit { kill(process.processIdentifier, SIGKILL) }

    public func send(_ text: String) { to.fileHandleForWriting.write(Data(text.utf8)) }

    /// Reads until what came holds `text`, or the other side has gone.
    public func read(until text: String? = nil) -> String {
        var bytes = Data()
        while true {
            let more = from.fileHandleForReading.availableData
            bytes += more
            let all = String(decoding: bytes, as: UTF8.self)
            if more.isEmpty || text.map({ all.contains($0) }) ?? false { return all }
        }
    }
}
