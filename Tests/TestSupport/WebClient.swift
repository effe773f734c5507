import Foundation

/// A TCP client of a server on this machine that says exactly what it is told to.
public final class WebClient: Sendable {
    private let descriptor: Int32

    /// - Parameters:
    ///   - host: an address of this machine.
    ///   - window: bytes that it takes before it reads; nil for as many as usual.
    public init(host: String = "127.0.0.1", port: Int, window: Int32? = nil, patience: Int = 10) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var window { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, 4) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let error = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// False where the other side has gone.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool { Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count }

    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Asks for `path`, and says that it will ask no more unless `more` says otherwise.
    public func get(_ path: String, _ more: String = "Connection: close\r\n") {
        send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(more)\r\n")
    }

    /// The same as a browser that opens a WebSocket.
    public func upgrade(_ path: String, _ more: String = "") {
        get(
            path,
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(more)")
    }

    /// What comes next; empty at the end, and where nothing comes in time.
    public func bytes(atMost count: Int = 1 << 16) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }

    /// Reads until what came holds `text`, or the other side has gone, or nothing comes in time.
    public func read(until text: String? = nil) -> String {
        var bytes: [UInt8] = []
        while true {
            let more = self.bytes()
            bytes += more
            let all = String(decoding: bytes, as: UTF8.self)
            if more.isEmpty || text.map({ all.contains($0) }) ?? false { return all }
        }
    }

    /// The head of an answer, and nothing of what follows.
    public func head() -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8), let byte = exactly(1) { bytes += byte }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A masked frame of a WebSocket.
    public func send(frame code: UInt8, _ payload: [UInt8] = []) {
        let mask: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        var bytes: [UInt8] = [0x80 | code]
        bytes +=
            payload.count < 126 ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        send(bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] })
    }

    /// The next message of a WebSocket; nil at the end.
    public func message() -> (code: UInt8, payload: [UInt8])? {
        guard let head = exactly(2) else { return nil }
        var length = Int(head[1] & 0x7F)
        if length >= 126 {
            guard let bytes = exactly(length == 126 ? 2 : 8) else { return nil }
            length = bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        return exactly(length).map { (head[0] & 0x0F, $0) }
    }

    private func exactly(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = self.bytes(atMost: count - bytes.count)
            if more.isEmpty { return nil }
            bytes += more
        }
        return bytes
    }
}

/// How many descriptors a process has open.
public func openDescriptors(of process: Int32) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
}
