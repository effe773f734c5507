import Foundation

/// A datagram socket as systemd has it, at a path or, with `@`, in the abstract namespace.
public final class ManagerSocket: Sendable {
    public let address: String
    private let descriptor: Int32

    public init(abstract: Bool = false) throws {
        address = (abstract ? "@" : "/tmp/") + "notify-\(UUID().uuidString.prefix(8))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        try attempt { [descriptor, address] in withAddress(address) { bind(descriptor, $0, $1) } }
    }

    deinit {
        close(descriptor)
        if address.hasPrefix("/") { unlink(address) }
    }

    /// The next message; nil where none comes in time.
    public func receive(within seconds: Int = 5) -> String? {
        limitWaiting(descriptor, to: seconds)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count >= 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }
}

/// A reader of a unix stream socket.
public final class SocketReader: Sendable {
    private let descriptor: Int32

    public init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        limitWaiting(descriptor, to: 10)
        try attempt { [descriptor] in withAddress(path) { connect(descriptor, $0, $1) } }
    }

    deinit { close(descriptor) }

    /// Reads until what came ends so, or the other side has gone, or nothing came for ten seconds.
    public func read(until ending: String? = nil) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while ending.map({ !bytes.suffix($0.utf8.count).elementsEqual($0.utf8) }) ?? true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many bytes the other side took.
    public func send(_ bytes: [UInt8]) -> Int { Glibc.send(descriptor, bytes, bytes.count, 0) }

    /// Says that nothing more will be said.
    public func closeHalf() { shutdown(descriptor, Int32(SHUT_WR)) }
}

private func limitWaiting(_ descriptor: Int32, to seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
}

private func attempt(_ call: () -> Int32) throws {
    guard call() == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}

/// As unix(7) says: the length of an abstract name counts, and its `@` stands for a zero byte.
private func withAddress(_ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = name.utf8.map { $0 == UInt8(ascii: "@") && name.hasPrefix("@") ? 0 : $0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(2 + bytes.count + (name.hasPrefix("@") ? 0 : 1)))
        }
    }
}
