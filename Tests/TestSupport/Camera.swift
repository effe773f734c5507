public import Foundation

/// A camera of the tests' own: `Tests/Servers/rtsp.py`, which serves a clip over RTSP on this machine and falls ill on command.
public final class Camera: Sendable {
    public struct NotStarted: Error, CustomStringConvertible { public let description: String }

    public let port: Int
    private let process: Process
    private let commands: FileHandle
    private let answers: FileHandle

    /// `clips`: Annex B with access unit delimiters (`make`). `port` 0 for a free one.
    public init(
        _ clips: [String], port: Int = 0, password: String? = nil, rate: Double = 15, loss: Double = 0
    ) throws {
        let (input, output) = (Pipe(), Pipe())
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments =
            [repositoryRoot.appending(path: "Tests/Servers/rtsp.py").path, "--port", "\(port)", "--rate", "\(rate)"]
            + ["--loss", "\(loss)"] + (password.map { ["--password", $0] } ?? []) + clips
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        (commands, answers) = (input.fileHandleForWriting, output.fileHandleForReading)
        let words = Self.line(answers).split(separator: " ")
        guard words.count == 2, words[0] == "ready", let port = Int(words[1]) else {
            process.terminate()
            throw NotStarted(description: "the RTSP server did not start: `make deps` installs what it needs")
        }
        self.port = port
    }

    /// The address of one of three mounts, all with the same pictures.
    public func address(_ mount: Int = 0, credentials: String? = nil) -> String {
        "rtsp://\(credentials.map { $0 + "@" } ?? "")127.0.0.1:\(port)/\(mount)"
    }

    /// `clip N`, `truncate N`, `hold`, `go`, `password USER:PASSWORD`, `disconnect`: see the script.
    public func tell(_ command: String) {
        commands.write(Data((command + "\n").utf8))
        _ = Self.line(answers)
    }

    public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Ends it as a power cut would.
    public func end() {
        signal(SIGKILL)
        process.waitUntilExit()
    }

    deinit {
        signal(SIGKILL)
        process.waitUntilExit()
    }

    private static func line(_ handle: FileHandle) -> String {
        var line = Data()
        while let byte = try? handle.read(upToCount: 1), !byte.isEmpty, byte[0] != 10 { line += byte }
        return String(decoding: line, as: UTF8.self)
    }

    /// Encodes a moving test picture into `path`, with a keyframe each second.
    public static func makeClip(_ path: String, size: String = "160x120", rate: Int = 15, seconds: Int = 20) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=\(size):r=\(rate):d=\(seconds)"]
            + ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-g", "\(rate)", "-bf", "0"]
            + ["-bsf:v", "h264_metadata=aud=insert", path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NotStarted(description: "ffmpeg could not make \(path)") }
    }

    /// A TCP port that nobody has, for a camera that comes later.
    public static func freePort() -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, size)
                getsockname(listener, $0, &size)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
