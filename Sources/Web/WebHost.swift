import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket
import Synchronization

/// Takes clients in and lets them go.
///
///     bytes ◀─▶ TLS ◀─▶ HeadGate ─▶ NIO's parser  ─▶ WebExchange       ─▶ WebConnection
///                                   NIO's encoder ◀───────────────────────────┘
///                       after a handshake of WebSocket:
///                       HeadGate ─▶ NIO's frames  ─▶ WebSocketListener ─▶ WebConnection
// @unchecked Sendable because its connections and its state are touched on its loop only.
final class WebHost: @unchecked Sendable {
    /// Clients beyond the limit who are told so properly; who comes then is told in passing.
    private static let maxRefused = 64
    let limits: WebLimits
    let loop: WebLoop
    /// For those who come; nil where nothing is encrypted.
    var tls: WebTLS?
    private var respond: (@Sendable (WebRequest) -> WebResponse)?
    private var connections: [Int: WebConnection] = [:]
    private var refused: Set<Int> = []
    private var places: WebPlaces
    private var admitted = 0
    private var isOver = false
    /// Whose feeds have something to take; from any thread. Nil once the loop takes nothing more.
    private let ready = Mutex<[Int]?>([])
    private var latest: (opcode: WebSocketOpcode, payload: ArraySlice<UInt8>, frame: ByteBuffer)?
    private let tally = Mutex(WebServer.Counts())

    init(_ loop: WebLoop, tls: WebTLS?, limits: WebLimits) {
        self.loop = loop
        self.tls = tls
        self.limits = limits
        places = WebPlaces(limits)
    }

    var counts: WebServer.Counts { tally.withLock { $0 } }

    /// Before anybody comes.
    func begin(_ respond: @escaping @Sendable (WebRequest) -> WebResponse) {
        self.respond = respond
        loop.twiceASecond { [self] in
            let now = ContinuousClock.now
            for connection in connections.values { connection.check(at: now) }
        }
    }

    func stop() {
        isOver = true
        respond = nil
        ready.withLock { $0 = nil }
        for connection in connections.values { connection.leave() }
        connections = [:]
        count()
    }

    // MARK: Coming and going

    /// Gives a channel its handlers. Its client has a place when it is connected.
    func welcome(_ channel: any Channel) throws {
        admitted += 1
        let connection = WebConnection(channel, id: admitted, of: self)
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
        let gate = HeadGate(connection, longest: limits.longestHead)
        connection.gate = gate
        try pipeline.addHandler(gate)
        try WebExchange(connection).join(pipeline)
    }

    func admit(_ connection: WebConnection) {
        guard !isOver else { return connection.end() }
        let refusal = places.take(connection.id, from: connection.network)
        connections[connection.id] = connection
        connection.begin(in: refusal, patience: .milliseconds(Int64(clamping: limits.reservePatience * (tls == nil ? 1 : 2))))
        if let surplus = places.surplus { refuse(surplus, refusal ?? HTTPError(status: 503, reason: "too many connections")) }
        count()
    }

    /// It is being told why, and has no place any more: otherwise it would be refused again while it reads that.
    func leaveReserve(_ id: Int) {
        guard refused.insert(id).inserted else { return }
        tally.withLock { $0.refused += 1 }
        places.release(id)
        count()
    }

    func forget(_ id: Int) {
        places.release(id)
        connections[id] = nil
        refused.remove(id)
        count()
    }

    /// One too many is told so properly, if not too many others are being told.
    private func refuse(_ id: Int, _ refusal: HTTPError) {
        guard let connection = connections[id] else { return places.release(id) }
        tally.withLock { $0.refused += 1 }
        places.release(id)
        guard refused.count < Self.maxRefused else { return connection.dismiss(refusal) }
        refused.insert(id)
        connection.makeWay(refusal)
    }

    private func count() { tally.withLock { $0.connections = connections.count - refused.count } }

    // MARK: Answering

    /// The readers of a stream are sent the same lines one after the other: a frame is made once.
    func frame(_ opcode: WebSocketOpcode, _ payload: ArraySlice<UInt8>) -> ByteBuffer {
        if let latest, latest.opcode == opcode, latest.payload.isSame(as: payload) { return latest.frame }
        let frame = ByteBuffer(webSocketFrame: opcode, payload)
        latest = (opcode, payload, frame)
        return frame
    }

    /// Called from any thread: a record wakes all of its readers at once, with one task for the loop.
    func wake(_ id: Int) {
        let isFirst = ready.withLock { ready in
            ready?.append(id)
            return ready?.count == 1
        }
        guard isFirst else { return }
        loop.soon { [self] in
            let awake = ready.withLock { ready in
                defer { if ready != nil { ready = [] } }
                return ready
            }
            for id in awake ?? [] { connections[id]?.pull() }
        }
    }

    func answer(_ request: WebRequest) -> WebResponse {
        tally.withLock { $0.requests += 1 }
        return respond?(request) ?? WebResponse(status: 503, "ending\n")
    }

    /// The client has shown that it is known; whether there is a place for it.
    func recognize(_ id: Int) -> Bool { places.recognize(id) }
}
