import NIOCore

/// Where a server listens.
package struct WebAddress: Sendable, CustomStringConvertible {
    package let description: String
    let address: SocketAddress
    /// The socket that listens there already; nil where one is to be made.
    let socket: CInt?

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
        do { address = try .makeAddressResolvingHost(String(host), port: Int(clamping: port)) } catch {
            let problem = (error as? SocketAddressError.UnknownHost)?.errorDescription ?? "nobody knows the host"
            throw .badAddress(text, problem: problem)
        }
        (description, socket) = (text, nil)
    }

    init(_ description: String, address: SocketAddress, socket: CInt) {
        (self.description, self.address, self.socket) = (description, address, socket)
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool { address.network.isEmpty }
}

extension SocketAddress {
    /// The network that it is of: an IPv4 address, the first half of one of IPv6; empty for this machine's loopback.
    var network: [UInt8] {
        switch self {
        case .v4(let found):
            let bytes = withUnsafeBytes(of: found.address) { Array($0[4..<8]) }
            return bytes[0] == 127 ? [] : bytes
        case .v6(let found):
            let bytes = withUnsafeBytes(of: found.address) { Array($0[8..<24]) }
            if bytes == [UInt8](repeating: 0, count: 15) + [1] { return [] }
            // IPv4 as IPv6 writes it.
            if bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] { return bytes[12] == 127 ? [] : Array(bytes[12...]) }
            return Array(bytes[..<8])
        case .unixDomainSocket: return [0]
        }
    }
}
