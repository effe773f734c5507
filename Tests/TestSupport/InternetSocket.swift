import Foundation

/// A network socket of this process: suites that run beside each other each count their own.
public struct InternetSocket {
    public let port: Int
    /// Nil where nobody is at the other end.
    public let peer: Int?
    public let isListening: Bool

    public static func all() throws -> [InternetSocket] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0).flatMap(Self.init) }
    }

    private init?(_ descriptor: Int32) {
        guard let port = Self.port(descriptor, getsockname) else { return nil }
        self.port = port
        peer = Self.port(descriptor, getpeername)
        var (flag, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        isListening = getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &flag, &size) == 0 && flag != 0
    }

    private static func port(
        _ descriptor: Int32, _ name: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> Int? {
        var (address, size) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &size) }
        }
        return code == 0 && address.sin_family == sa_family_t(AF_INET) ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}

/// An IPv4 address by which others reach this machine; nil where nobody does.
public let ownAddress: String? = {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return nil }
    defer { freeifaddrs(first) }
    for interface in sequence(first: first, next: { $0?.pointee.ifa_next }) {
        guard let address = interface?.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else { continue }
        var number = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
        var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
        inet_ntop(AF_INET, &number, &text, socklen_t(text.count))
        let found = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if !found.hasPrefix("127.") { return found }
    }
    return nil
}()
