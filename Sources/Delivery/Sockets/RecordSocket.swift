import Dispatch
import Glibc
import Sockets
import Synchronization

/// Serves the lines of one stream to every reader of a unix socket: the current header first, then what comes.
///
///     posed run camera.yaml &   socat - UNIX-CONNECT:poses.sock
///
/// Writing never waits for a reader: a slow reader loses its oldest records, and is told how many. One serial queue
/// serves all readers; nothing on it blocks.
package final class RecordSocket: RecordSink {
    private let history: RecordHistory
    private let server: SocketServer

    /// - Parameters:
    ///   - path: at most 107 bytes; who may write to the socket (owner and group) may read the stream.
    ///   - capacity: how many records a reader may lag behind, beyond what the kernel holds for it (about 200 kB).
    ///   - limit: how many readers may be there; another is turned away.
    package init(path: String, capacity: Int = 256, limit: Int = 64) throws(DeliveryError) {
        history = RecordHistory(capacity: capacity)
        server = SocketServer(try UnixSocket(listeningAt: path), history: history, limit: limit)
    }

    deinit { server.stop() }

    package var readers: Int { history.readers }

    package func header(_ line: [UInt8]) { history.header(line) }

    package func records(_ lines: [UInt8]) { history.records(lines) }

    /// Gives readers up to a second to take what is left, and removes the socket.
    package func finish() {
        server.refuse()
        for _ in 0..<100 where !server.isIdle { usleep(10_000) }
        server.stop()
    }
}

/// Takes readers in and lets them go.
// @unchecked Sendable because its clients and its state are touched on `queue` only.
private final class SocketServer: @unchecked Sendable {
    private let socket: UnixSocket
    private let history: RecordHistory
    private let limit: Int
    private let queue = DispatchQueue(label: "posed.socket")
    private var arrivals: (any DispatchSourceRead)?
    private var clients: [Int: SocketClient] = [:]
    private var admitted = 0

    init(_ socket: UnixSocket, history: RecordHistory, limit: Int) {
        self.socket = socket
        self.history = history
        self.limit = limit
        arrivals = socket.descriptor.whenJoined(on: queue) { [weak self] in self?.admit($0) }
    }

    /// Accepts no more clients.
    func refuse() {
        queue.sync {
            guard let arrivals else { return }
            arrivals.cancel()
            self.arrivals = nil
            socket.unlink()
        }
    }

    func stop() {
        refuse()
        queue.sync {
            for number in clients.keys { drop(number) }
        }
    }

    /// Whether every reader has what was published.
    var isIdle: Bool { queue.sync { clients.values.allSatisfy { $0.isIdle } } }

    private func admit(_ descriptor: Descriptor) {
        guard clients.count < limit else { return }
        admitted += 1
        let number = admitted
        let reading = history.read { [weak self, queue] in
            queue.async { @Sendable [weak self] in self?.clients[number]?.flush() }
        }
        let client = SocketClient(descriptor, on: queue, reading: reading) { [weak self] in self?.drop(number) }
        clients[number] = client
        // The header may be there already.
        client.flush()
    }

    private func drop(_ number: Int) {
        guard let client = clients.removeValue(forKey: number) else { return }
        client.close()
    }
}
