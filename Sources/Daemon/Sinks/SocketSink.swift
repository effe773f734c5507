import Delivery
import Settings

/// A unix socket on which every client is sent the records from then on.
struct SocketSink: KeyedSink {
    static let key = "socket"
    var socket = ""
    /// How many records may wait for a slow client before it loses the oldest.
    var queue = 256

    init() {}
    init(path: String) { socket = path }

    static var pipelineKeys: [PipelineKey<Self>] {
        [
            PipelineKey(key, \.socket) { value in
                guard let path = value.text() else { return nil }
                // sockaddr_un has room for so many bytes.
                if value.isUnresolved || path.utf8.count <= 107 { return path }
                value.refuse("is \(path.utf8.count) bytes long; the path of a socket has 107 at most")
                return nil
            },
            .count("queue", \.queue, 1...1_000_000),
        ]
    }

    var isWhole: Bool { !socket.isEmpty }
    var name: String { socket }
    var description: String { "socket \(socket)" }
    var path: String? { socket }

    func attach(to stream: SinkPorts) throws {
        try stream.deliver(to: self) { [socket, queue] in try RecordSocket(path: socket, capacity: queue) }
    }
}
