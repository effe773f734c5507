import Foundation
import Synchronization

/// Listens on a TCP port of this machine, takes connections and says nothing, or the same to everybody.
public final class Listener: Sendable {
    public let port: Int
    private let descriptor: Int32
    private let isOver = Atomic(false)
    /// Signalled by the thread that greets; nil where nobody is greeted.
    private let isGone: DispatchSemaphore?

    /// `greeting` is sent to each client before its connection is closed; without one the connections stay as they are.
    public init(greeting: String? = nil) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var (address, yes, size) = (sockaddr_in(), Int32(1), socklen_t(MemoryLayout<sockaddr_in>.size))
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 4) == 0 ? getsockname(listener, address, &size) : -1
            }
        }
        precondition(code == 0, "no port of this machine can be had")
        port = Int(UInt16(bigEndian: address.sin_port))
        descriptor = listener
        isGone = greeting.map { _ in DispatchSemaphore(value: 0) }
        if let greeting { Thread { [self] in greet(greeting) }.start() }
    }

    private func greet(_ greeting: String) {
        while !isOver.load(ordering: .relaxed) {
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&state, 1, 50) > 0 else { continue }
            let client = accept(descriptor, nil, nil)
            _ = send(client, greeting, greeting.utf8.count, Int32(MSG_NOSIGNAL))
            usleep(100_000)
            close(client)
        }
        isGone?.signal()
    }

    /// Closes the port. To be called once.
    public func end() {
        isOver.store(true, ordering: .relaxed)
        isGone?.wait()
        close(descriptor)
    }
}
