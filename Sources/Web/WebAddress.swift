import Glibc
import Sockets

/// Where a server listens.
package struct WebAddress: Sendable, CustomStringConvertible {
    package let description: String
    let storage: sockaddr_storage
    let length: socklen_t

    /// Reads `HOST:PORT`, an IPv6 address in brackets; port 0 is one that is free.
    package init(_ text: String) throws(WebError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .badAddress(text, problem: "it has no port")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .badAddress(text, problem: "an IPv6 address stands in brackets")
        }
        guard !host.isEmpty else { throw .badAddress(text, problem: "it has no host") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(String(host), "\(port)", &hints, &found)
        defer { if found != nil { freeaddrinfo(found) } }
        guard code == 0, let first = found?.pointee, let address = first.ai_addr else {
            throw .badAddress(text, problem: String(cString: gai_strerror(code)))
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(clamping: first.ai_addrlen)))
        }
        (description, self.storage, length) = (text, storage, first.ai_addrlen)
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        withUnsafeBytes(of: storage) { bytes in
            switch Int32(clamping: storage.ss_family) {
            case AF_INET: bytes[4] == 127
            case AF_INET6: bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
            default: false
            }
        }
    }

    /// A listening socket that does not block.
    func listen() throws(WebError) -> Descriptor {
        let flags = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let number = socket(Int32(clamping: storage.ss_family), Int32(clamping: flags), 0)
        guard number >= 0 else { throw .cannotListen(description, code: errno) }
        let descriptor = Descriptor(number)
        var yes: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) == 0 }
        }
        guard isBound, Glibc.listen(number, SOMAXCONN) == 0 else { throw .cannotListen(description, code: errno) }
        return descriptor
    }
}

extension Descriptor {
    /// The port of a bound socket.
    var port: Int {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
        }
        return Int(clamping: UInt16(bigEndian: address.sin6_port))  // where it lies in an IPv4 address, too
    }
}

extension Descriptor {
    /// The network of the other end: an IPv4 address, the first half of one of IPv6; empty for this machine.
    var peer: [UInt8] {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(number, $0, &length) == 0 }
        }
        guard isKnown else { return [0] }
        return withUnsafeBytes(of: storage) { bytes in
            switch Int32(clamping: storage.ss_family) {
            case AF_INET: return bytes[4] == 127 ? [] : Array(bytes[4..<8])
            case AF_INET6:
                let address = Array(bytes[8..<24])
                if address == [UInt8](repeating: 0, count: 15) + [1] { return [] }
                // IPv4 as IPv6 writes it.
                if address[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] {
                    return address[12] == 127 ? [] : Array(address[12...])
                }
                return Array(address[..<8])
            default: return [0]
            }
        }
    }
}
