import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One client of the server, served without ever waiting for it.
///
///     request ─▶ answering ─▶ request …
///                          ├▶ feeding, until either side ends it
///                          └▶ closing: the last bytes; what comes is dropped
// @unchecked Sendable because everything in it runs on one event loop, that of the server.
final class WebConnection: @unchecked Sendable {
    enum Phase {
        case request, answering, closing
        case feeding(any WebFeed)
        case socket(any WebFeed)
    }

    /// What the incoming bytes are.
    enum Input { case heads, frames, nothing }

    let id: Int
    let channel: any Channel
    /// Until it is gone, as the host.
    var gate: HeadGate?
    private(set) var host: WebHost?
    let limits: WebLimits
    /// What is answered where it has no place of its own, unless it may stay.
    var reserve: HTTPError?
    var phase = Phase.request
    var input = Input.heads
    /// Bytes that came where nothing is to be said.
    private var unasked = 0
    private let begun = ContinuousClock.now
    /// When it last did what its phase is for.
    var since = ContinuousClock.now
    /// Bytes that the kernel had not taken when that was last looked at.
    private var left = 0
    var hasAnswered = false
    var closesAfterwards = false
    var isPulling = false

    init(_ channel: any Channel, id: Int, of host: WebHost) {
        self.channel = channel
        self.id = id
        self.host = host
        limits = host.limits
    }

    /// The network of the other end; empty for this machine.
    var network: [UInt8] { channel.remoteAddress?.network ?? [0] }

    // MARK: Coming and going

    func connected() { host?.admit(self) }

    /// - Parameter reserve: what is answered unless the client may stay; nil where it has a place.
    func begin(in reserve: HTTPError?, patience: TimeAmount) {
        self.reserve = reserve
        guard reserve != nil else { return }
        channel.eventLoop.scheduleTask(in: patience) { [weak self] in self?.turnAway() }
    }

    /// It has said nothing in the reserve for as long as that goes.
    private func turnAway() {
        guard case .request = phase, let reserve else { return }
        host?.leaveReserve(id)
        refuse(reserve)
    }

    /// Answers without being asked, and parts.
    func refuse(_ refusal: HTTPError) {
        switch phase {
        case .request, .answering:
            send(WebResponse(refusal), closes: true)
            part()
        case .closing: break
        case .feeding, .socket: end()
        }
    }

    /// Leaves the reserve: told why, unless it has been told something already.
    func makeWay(_ refusal: HTTPError) {
        if case .request = phase { refuse(refusal) } else { end() }
    }

    /// The same in passing.
    func dismiss(_ refusal: HTTPError) {
        if case .request = phase { send(WebResponse(refusal), closes: true) }
        end()
    }

    /// The server ends.
    func leave() {
        if case .socket = phase { send(closing: .goingAway) }
        end()
    }

    /// Sends what is left, and hears nothing any more. A client that still sends gets time to read why.
    func part() {
        if case .closing = phase { return }
        endFeed()
        phase = .closing
        input = .nothing
        gate?.drop()
        since = .now
        channel.close(mode: .output, promise: nil)
    }

    func end() { channel.close(promise: nil) }

    func gone() {
        endFeed()
        phase = .closing
        host?.forget(id)
        letGo()
    }

    /// Nothing holds it any more, and it holds nothing.
    func letGo() { (gate, host) = (nil, nil) }

    // MARK: Time

    /// Ends what takes too long, and gives signs of life.
    func check(at now: ContinuousClock.Instant) {
        let before = left
        left = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if left < before { since = now }
        let time = now - since
        switch phase {
        case .request:
            if gate?.isHolding != true {
                if time > (hasAnswered ? limits.idlePatience : limits.headPatience) { end() }
            } else if time > limits.headPatience {
                refuse(HTTPError(status: 408, reason: "the request takes too long"))
            }
        case .answering: if time > limits.stallPatience { end() }
        case .closing: if time > limits.closeTimeout { end() }
        case .feeding, .socket:
            if left > 0 {
                if time > limits.stallPatience { end() }
            } else if time > limits.heartbeat {
                since = now
                giveSignOfLife()
            }
        }
    }

    // MARK: Hearing

    /// The handshake of WebSocket is over on this side, too.
    func hearFrames() {
        guard case .socket = phase else { return }
        input = .frames
        gate?.letThrough()
    }

    /// - Parameter first: of a head.
    func heard(first: Bool) { if first, isWaiting { since = .now } }

    /// Nothing that is said now matters, but it is read for a while, so that the client gets to read, too.
    func mayHear(_ count: Int) -> Bool {
        unasked += count
        switch phase {
        case .socket:
            let seconds = max(0, (ContinuousClock.now - begun) / .seconds(1))
            let most = Double(limits.maxBesideFeed) + seconds * Double(limits.socketBytesASecond)
            if Double(unasked) <= most { return true }
            close(.policyViolation)
        case .closing: if unasked > limits.maxAfterClosing { end() }
        default: if unasked > limits.maxBesideFeed { end() }
        }
        return false
    }

    func failed(_ error: any Error) {
        if case .closing = phase { return }
        switch error {
        case let error as HTTPParserError:
            let isVersion = error == .invalidVersion
            refuse(HTTPError(status: isVersion ? 505 : 400, reason: isVersion ? "only HTTP/1.1" : "no request"))
        case let error as NIOWebSocketError: close(error == .invalidFrameLength ? .messageTooLarge : .protocolError)
        default: end()
        }
    }

    /// Answers the end of a WebSocket, or ends it.
    func close(_ code: WebSocketErrorCode) {
        guard case .socket = phase else { return }
        send(closing: code)
        part()
    }

    func pong(_ payload: ByteBuffer) {
        guard case .socket = phase, channel.isWritable else { return }
        write(.pong, payload)
    }

    private func send(closing code: WebSocketErrorCode) {
        var payload = channel.allocator.buffer(capacity: 2)
        payload.write(webSocketErrorCode: code)
        write(.connectionClose, payload)
    }
}
