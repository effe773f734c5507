import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One client of the server, served without ever waiting for it.
///
///     request ─▶ answering ─▶ request …
///                          ├▶ feeding, until either side ends it
///                          └▶ parting: the last bytes, then nothing is heard any more
// @unchecked Sendable because everything in it runs on one event loop, that of the server.
final class WebConnection: @unchecked Sendable {
    enum Phase {
        case request, answering, parting
        case feeding(any WebFeed)
        case socket(any WebFeed)
    }

    /// What the bytes are that come.
    enum Hearing { case heads, frames, nothing }

    let id: Int
    let channel: any Channel
    weak var gate: HeadGate?
    weak var host: WebHost?
    let limits: WebLimits
    /// What is answered where it has no place of its own, unless it may stay.
    var reserve: Refusal?
    var phase = Phase.request
    var hearing = Hearing.heads
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
    func begin(in reserve: Refusal?, patience: TimeAmount) {
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
    func refuse(_ refusal: Refusal) {
        switch phase {
        case .request, .answering:
            send(WebResponse(refusal), closes: true)
            part()
        case .parting: break
        case .feeding, .socket: end()
        }
    }

    /// Leaves the reserve: told why, unless it has been told something already.
    func makeWay(_ refusal: Refusal) {
        if case .request = phase { refuse(refusal) } else { end() }
    }

    /// The same in passing.
    func dismiss(_ refusal: Refusal) {
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
        if case .parting = phase { return }
        endFeed()
        phase = .parting
        hearing = .nothing
        gate?.drop()
        since = .now
        channel.close(mode: .output, promise: nil)
    }

    func end() { channel.close(promise: nil) }

    func gone() {
        endFeed()
        phase = .parting
        host?.forget(id)
    }

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
                refuse(Refusal(status: 408, reason: "the request takes too long"))
            }
        case .answering: if time > limits.stallPatience { end() }
        case .parting: if time > limits.farewell { end() }
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
        hearing = .frames
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
            let most = Double(limits.mostBesideFeed) + seconds * Double(limits.socketBytesASecond)
            if Double(unasked) <= most { return true }
            close(.policyViolation)
        case .parting: if unasked > limits.mostAfterFarewell { end() }
        default: if unasked > limits.mostBesideFeed { end() }
        }
        return false
    }

    func failed(_ error: any Error) {
        if case .parting = phase { return }
        switch error {
        case let error as HTTPParserError:
            let isVersion = error == .invalidVersion
            refuse(Refusal(status: isVersion ? 505 : 400, reason: isVersion ? "only HTTP/1.1" : "no request"))
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
