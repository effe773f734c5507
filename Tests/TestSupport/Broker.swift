public import Foundation

/// A Mosquitto broker of the tests' own, on a port of this machine and with a folder that goes with it.
public final class Broker: @unchecked Sendable {
    // @unchecked Sendable because only the test that made it uses it, step by step.
    public let port = Camera.freePort()
    public let folder = FileManager.default.temporaryDirectory.appending(path: "broker-\(UUID())")
    private var process: Process?

    /// Who may come in; nil for everybody.
    public struct User {
        public let name: String
        public let password: String

        public init(_ name: String, password: String) { (self.name, self.password) = (name, password) }
    }

    /// Begins at once; `isSecure` with a certificate for localhost, signed by an authority of its own.
    public init(user: User? = nil, isSecure: Bool = false) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var settings = "listener \(port) 127.0.0.1\npersistence false\nmax_queued_messages 100000\n"
        settings += "allow_anonymous \(user == nil)\n"
        if let user {
            try runTool(["mosquitto_passwd", "-b", "-c", path("passwords"), user.name, user.password])
            settings += "password_file \(path("passwords"))\n"
        }
        if isSecure {
            let certificates = try Certificates(in: folder)
            settings += "certfile \(certificates.certificate)\nkeyfile \(certificates.key)\n"
        }
        // Debian's broker leaves the rights of root for those of another user, who must be able to read these.
        settings += "user \(NSUserName())\n"
        try Data(settings.utf8).write(to: folder.appending(path: "mosquitto.conf"))
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    public func path(_ name: String) -> String { folder.appending(path: name).path }
    /// A PEM file with the authority that signed the broker's certificate.
    public var authority: String { path("authority.pem") }

    /// Returns when it listens.
    public func start() throws {
        let process = makeProcess()
        process.executableURL = URL(filePath: "/usr/sbin/mosquitto")
        process.arguments = ["-c", path("mosquitto.conf")]
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        for _ in 0..<500 where !isListening { usleep(20_000) }
        guard isListening else { throw Server.NotStarted(description: "mosquitto does not listen on port \(port)") }
    }

    /// Ends it as a power cut would; it remembers nothing.
    public func kill() {
        signal(SIGKILL)
        process?.waitUntilExit()
        process = nil
    }

    public func signal(_ number: Int32) {
        if let process, process.isRunning { Foundation.kill(process.processIdentifier, number) }
    }

    private var isListening: Bool {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

}

/// `mosquitto_sub`, which writes down what it hears: `retained topic payload`, a line a message.
public final class Subscriber: @unchecked Sendable {
    // @unchecked Sendable because only the test that made it uses it, step by step.
    private let process = makeProcess()
    private let file: URL

    /// Returns when it has subscribed.
    public init(to broker: Broker, topic: String = "#", arguments: [String] = []) throws {
        file = broker.folder.appending(path: "heard-\(UUID())")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        process.executableURL = URL(filePath: "/usr/bin/mosquitto_sub")
        let host = arguments.contains("--cafile") ? "localhost" : "127.0.0.1"
        process.arguments =
            ["-h", host, "-p", "\(broker.port)", "-q", "2", "-t", topic, "-t", "listener/\(file.lastPathComponent)"]
            + ["-F", "%r %t %p"] + arguments
        process.standardOutput = try FileHandle(forWritingTo: file)
        process.standardError = FileHandle.nullDevice
        try process.run()
        let greeting = makeProcess()
        greeting.executableURL = URL(filePath: "/usr/bin/mosquitto_pub")
        greeting.arguments =
            ["-h", host, "-p", "\(broker.port)", "-r", "-t", "listener/\(file.lastPathComponent)", "-m", "hello"] + arguments
        try greeting.run()
        greeting.waitUntilExit()
        for _ in 0..<500 where !heard.contains(where: { $0.hasSuffix("hello") }) { usleep(20_000) }
        guard heard.contains(where: { $0.hasSuffix("hello") }) else {
            throw Server.NotStarted(description: "mosquitto_sub hears nothing")
        }
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private var heard: [String] {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// What came so far: `1 posed/available online`, 1 where it was kept for whoever comes later.
    public var lines: [String] { heard.filter { !$0.contains(" listener/") } }

    /// The payloads of one topic.
    public func payloads(of topic: String) -> [String] {
        lines.compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            return parts.count == 3 && parts[1] == topic ? String(parts[2]) : nil
        }
    }
}
