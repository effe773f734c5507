import Basics
import Dispatch
import Glibc
import Sockets
import Synchronization

/// Serves HTTP/1.1: requests without bodies, answers that may go on for ever, WebSockets.
///
/// One serial queue serves everybody and waits for nobody; whatever a client does costs only that client. Times, sizes and
/// numbers of all that clients have are limited.
package final class WebServer: Sendable {
    package struct Counts: Sendable, Equatable {
        package var connections = 0
        /// Clients that were one too many.
        package var refused = 0
        package var requests = 0

        package init() {}
    }

    /// Where it listens: what was asked for, with the port that was found for 0.
    package let port: Int
    private let host: WebHost

    /// Begins to serve.
    ///
    /// - Parameter respond: called on the server's queue: it must not wait.
    package init(
        at address: WebAddress, limits: WebLimits = WebLimits(), respond: @escaping @Sendable (WebRequest) -> WebResponse
    ) throws(WebError) {
        let listener = try address.listen()
        port = listener.port
        host = WebHost(listener, limits: limits, respond: respond)
    }

    /// The same, for those who must know the port to respond.
    package init(
        at address: WebAddress, limits: WebLimits = WebLimits(),
        respondingAt make: (_ port: Int) -> @Sendable (WebRequest) -> WebResponse
    ) throws(WebError) {
        let listener = try address.listen()
        port = listener.port
        host = WebHost(listener, limits: limits, respond: make(port))
    }

    /// May be asked for anywhere, also while it responds.
    package var counts: Counts { host.counts }

    /// Ends every connection.
    package func stop() { host.stop() }

    deinit { host.stop() }
}

/// Takes clients in and lets them go.
// @unchecked Sendable because its connections and its state are touched on `queue` only.
private final class WebHost: @unchecked Sendable {
    /// Clients beyond the limit who are told so properly; who comes then is told in passing.
    private static let mostRefused = 64
    private let limits: WebLimits
    private let respond: @Sendable (WebRequest) -> WebResponse
    private let queue = DispatchQueue(label: "posed.web", qos: .utility)
    private var arrivals: (any DispatchSourceRead)?
    private let clock: any DispatchSourceTimer
    private var connections: [Int: WebConnection] = [:]
    private var refused: Set<Int> = []
    private var places: WebPlaces
    private var admitted = 0
    private let tally = Mutex(WebServer.Counts())

    init(_ listener: Descriptor, limits: WebLimits, respond: @escaping @Sendable (WebRequest) -> WebResponse) {
        self.limits = limits
        self.respond = respond
        places = WebPlaces(limits)
        clock = DispatchSource.makeTimerSource(queue: queue)
        arrivals = listener.whenJoined(on: queue) { [weak self] in self?.admit($0) }
        clock.setEventHandler { @Sendable [weak self] in self?.check() }
        clock.schedule(deadline: .now() + .milliseconds(500), repeating: .milliseconds(500), leeway: .milliseconds(100))
        clock.resume()
    }

    var counts: WebServer.Counts { tally.withLock { $0 } }

    func stop() {
        queue.sync {
            guard let arrivals else { return }
            arrivals.cancel()
            self.arrivals = nil
            clock.cancel()
            for connection in connections.values { connection.leave() }
            connections = [:]
            count()
        }
    }

    private func admit(_ descriptor: Descriptor) {
        prepare(descriptor.number)
        admitted += 1
        let id = admitted
        let refusal = places.take(id, from: descriptor.peer)
        let connection = WebConnection(descriptor, on: queue, limits: limits, reserve: refusal) { [weak self] in
            self?.tally.withLock { $0.requests += 1 }
            return self?.respond($0) ?? WebResponse(status: 503, "ending\n")
        } onKnown: { [weak self] in
            self?.places.recognize(id) ?? false
        } onRefused: { [weak self] in
            self?.leaveReserve(id)
        } onEnd: { [weak self] in
            self?.forget(id)
        }
        connections[id] = connection
        if let surplus = places.surplus { refuse(surplus, refusal ?? Refusal(status: 503, reason: "too many connections")) }
        count()
    }

    /// It is being told why, and has no place any more: otherwise it would be refused again while it reads that.
    private func leaveReserve(_ id: Int) {
        guard refused.insert(id).inserted else { return }
        tally.withLock { $0.refused += 1 }
        places.release(id)
        count()
    }

    private func forget(_ id: Int) {
        places.release(id)
        connections[id] = nil
        refused.remove(id)
        count()
    }

    /// One too many is told so properly, if not too many others are being told.
    private func refuse(_ id: Int, _ refusal: Refusal) {
        guard let connection = connections[id] else { return places.release(id) }
        tally.withLock { $0.refused += 1 }
        places.release(id)
        guard refused.count < Self.mostRefused else {
            tell(refusal, to: connection.number)
            connection.close()
            return forget(id)
        }
        refused.insert(id)
        connection.makeWay(refusal)
    }

    private func count() { tally.withLock { $0.connections = connections.count - refused.count } }

    private func tell(_ refusal: Refusal, to number: Int32) {
        let bytes = WebResponse(refusal).head(closes: true)
        send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// A small send buffer: what a slow client has not read is better dropped than old. Dead peers are found by the kernel.
    private func prepare(_ number: Int32) {
        for (level, option, value) in [
            (SOL_SOCKET, SO_SNDBUF, 1 << 16), (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_NODELAY, 1),
            (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60),
        ] {
            var value = Int32(clamping: value)
            setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private func check() {
        let now = ContinuousClock.now
        for connection in connections.values { connection.check(at: now) }
    }
}
