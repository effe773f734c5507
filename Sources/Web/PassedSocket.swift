import Glibc
import NIOCore

extension WebAddress {
    /// The listening socket that a service manager has passed to this process (sd_listen_fds(3)); nil where it passed none.
    package static func passed() throws(WebError) -> WebAddress? {
        guard let process = variable("LISTEN_PID"), process == "\(getpid())", let count = variable("LISTEN_FDS"), count != "0"
        else { return nil }
        guard count == "1" else { throw .badSocket("\(count) sockets were passed, and one is served: keep one ListenStream=") }
        let number: CInt = 3
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        var (isListening, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size)
        guard isListening != 0, let address = name(of: number) else {
            throw .badSocket("the socket that was passed does not listen on a TCP port")
        }
        let host = address.ipAddress ?? ""
        let text = "\(host.contains(":") ? "[\(host)]" : host):\(address.port ?? 0)"
        return WebAddress(text, address: address, socket: number)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Nil where it has none of IP.
    private static func name(of socket: CInt) -> SocketAddress? {
        var (storage, size) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
        return withUnsafeMutablePointer(to: &storage) {
            let code = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
            guard code == 0 else { return nil }
            let bytes = UnsafeRawPointer($0)
            switch CInt(clamping: $0.pointee.ss_family) {
            case AF_INET: return SocketAddress(bytes.load(as: sockaddr_in.self))
            case AF_INET6: return SocketAddress(bytes.load(as: sockaddr_in6.self))
            default: return nil
            }
        }
    }
}
