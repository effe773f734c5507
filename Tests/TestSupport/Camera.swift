import Foundation

/// A camera of the tests' own: `Tests/Servers/rtsp.py`, which serves clips over RTSP and falls ill on command.
public struct Camera: Sendable {
    public let server: Server
    public var port: Int { server.port }

    /// `clips`: made by `makeClip`. `port` 0 for a free one. `loss`: the part of the RTP packets that vanish.
    public init(_ clips: [String], port: Int = 0, password: String? = nil, rate: Double = 15, loss: Double = 0) throws {
        server = try Server(
            "rtsp.py",
            ["--port", "\(port)", "--rate", "\(rate)", "--loss", "\(loss)"] + (password.map { ["--password", $0] } ?? []) + clips)
    }

    /// The address of one of three mounts, all with the same pictures.
    public func address(_ mount: Int = 0, credentials: String? = nil) -> String {
        "rtsp://\(credentials.map { $0 + "@" } ?? "")127.0.0.1:\(port)/\(mount)"
    }

    /// `clip N`, `truncate N`, `hold`, `go`, `password USER:PASSWORD`, `disconnect`: see the script.
    public func tell(_ command: String) { server.tell(command) }

    public func signal(_ number: Int32) { server.signal(number) }

    /// Ends it as a power cut would.
    public func end() { server.end() }

    /// A port that nobody has, for a camera that comes later.
    public static func freePort() -> Int {
        let listener = Listener()
        defer { listener.end() }
        return listener.port
    }

    /// Encodes a moving test picture into `path`, `.h264` or `.hevc`, with a keyframe each second.
    public static func makeClip(_ path: String, size: String = "160x120", rate: Int = 15, seconds: Int = 20) throws {
        let codec = path.hasSuffix(".hevc") ? ("libx265", "hevc") : ("libx264", "h264")
        let process = makeProcess()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=\(size):r=\(rate):d=\(seconds)"]
            + ["-pix_fmt", "yuv420p", "-c:v", codec.0, "-preset", "veryfast", "-g", "\(rate)", "-bf", "0"]
            + ["-x265-params", "log-level=none:keyint=\(rate):bframes=0", "-bsf:v", "\(codec.1)_metadata=aud=insert", path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Server.NotStarted(description: "ffmpeg could not make \(path)") }
    }
}
