import Basics
import Dispatch
import Glibc
import Sockets

/// One client of the server, served without ever waiting for it.
///
///     request ─▶ answering ─▶ request …
///                          ├▶ feeding, until either side ends it
///                          └▶ parting: the last bytes, then nothing is heard any more
// @unchecked Sendable because everything in it runs on one serial queue, that of the server.
final class WebConnection: @unchecked Sendable {
    private enum Phase {
        case request, answering, parting
        case feeding(any WebFeed)
        case socket(any WebFeed)
    }

    private let descriptor: Descriptor
    private let queue: DispatchQueue
    private let limits: WebLimits
    private let respond: @Sendable (WebRequest) -> WebResponse
    private let onKnown: @Sendable () -> Bool
    private let onRefused: @Sendable () -> Void
    private let onEnd: @Sendable () -> Void
    /// What is answered where it has no place of its own, unless it may stay.
    private var reserve: Refusal?
    /// Bytes that came where nothing is to be said.
    private var unasked = 0
    private let begun = ContinuousClock.now
    private var hearing: (any DispatchSourceRead)?
    /// There while the kernel takes no more.
    private var room: (any DispatchSourceWrite)?
    private var phase = Phase.request
    private var input: [UInt8] = []
    private var output: ArraySlice<UInt8> = []
    /// Frames that go out between two messages.
    private var control: [UInt8] = []
    private var frames = WebSocketReader()
    private var closesAfterwards = false
    private var isOpen = true
    /// When it last did what its phase is for.
    private var since = ContinuousClock.now
    private var hasAnswered = false

    /// - Parameters:
    ///   - reserve: what is answered unless the client may stay; nil where it has a place.
    ///   - onKnown: called when the client has shown that it is known; whether there is a place for it.
    ///   - onRefused: called when it had to leave the reserve by itself.
    ///   - onEnd: called when the client has gone; not after `close`.
    init(
        _ descriptor: Descriptor, on queue: DispatchQueue, limits: WebLimits, reserve: Refusal?,
        respond: @escaping @Sendable (WebRequest) -> WebResponse, onKnown: @escaping @Sendable () -> Bool,
        onRefused: @escaping @Sendable () -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        self.descriptor = descriptor
        self.queue = queue
        self.limits = limits
        self.reserve = reserve
        self.respond = respond
        self.onKnown = onKnown
        self.onRefused = onRefused
        self.onEnd = onEnd
        hearing = descriptor.whenReadable(on: queue) { [weak self] in self?.hear() }
        guard reserve != nil else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(limits.reservePatience)) { @Sendable [weak self] in self?.turnAway() }
    }

    /// It has said nothing in the reserve for as long as that goes.
    private func turnAway() {
        guard isOpen, case .request = phase, let reserve else { return }
        onRefused()
        refuse(reserve)
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        endFeed()
        hearing?.cancel()
        room?.cancel()
        room = nil
    }

    /// Answers without being asked, and parts.
    func refuse(_ refusal: Refusal) {
        output += WebResponse(refusal).bytes(closes: true, withoutBody: false)
        part()
    }

    /// Leaves the reserve: told why, unless it has been told something already.
    func makeWay(_ refusal: Refusal) {
        if case .request = phase { refuse(refusal) } else { end() }
    }

    var number: Int32 { descriptor.number }

    /// The server ends.
    func leave() {
        if case .socket = phase { control = WebSocketFrame.close(1001) }
        part()
        close()
    }

    /// Ends what takes too long, and gives signs of life.
    func check(at now: ContinuousClock.Instant) {
        let time = now - since
        switch phase {
        case .request:
            if input.isEmpty {
                if time > (hasAnswered ? limits.idlePatience : limits.headPatience) { end() }
            } else if time > limits.headPatience {
                refuse(Refusal(status: 408, reason: "the request takes too long"))
            }
        case .answering: if time > limits.stallPatience { end() }
        case .parting: if time > limits.farewell { end() }
        case .feeding(let feed): check(time) { output += feed.heartbeat }
        case .socket: check(time) { control = WebSocketFrame.ping() }
        }
    }

    private func check(_ time: Duration, heartbeat: () -> Void) {
        if room != nil {
            if time > limits.stallPatience { end() }
        } else if time > limits.heartbeat {
            since = .now
            heartbeat()
            flush()
        }
    }

    // MARK: Hearing

    private func hear() {
        var bytes: [UInt8] = Array(repeating: 0, count: 4096)
        let count = recv(descriptor.number, &bytes, bytes.count, 0)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return end() }
        switch phase {
        case .request, .answering:
            if input.isEmpty, case .request = phase { since = .now }
            input += bytes[..<count]
            answer()
        case .socket:
            unasked += count
            let seconds = max(0, (ContinuousClock.now - begun) / .seconds(1))
            guard Double(unasked) <= Double(limits.mostBesideFeed) + seconds * Double(limits.socketBytesASecond) else {
                control = WebSocketFrame.close(1008)
                return part()
            }
            for event in frames.read(bytes[..<count]) {
                switch event {
                // Of many at once, the last is answered (5.5.3).
                case .ping(let payload): control = WebSocketFrame.pong(payload)
                case .close(let code):
                    control = WebSocketFrame.close(code)
                    return part()
                }
            }
            flush()
        // Nothing that is said now matters, but it is read for a while, so that the client gets to read, too.
        case .feeding:
            unasked += count
            if unasked > limits.mostBesideFeed { end() }
        case .parting:
            unasked += count
            if unasked > limits.mostAfterFarewell { end() }
        }
    }

    /// Answers what was asked so far, one request after the other.
    private func answer() {
        while case .request = phase, let end = endOfHead {
            let head = input[..<end]
            do throws(Refusal) {
                let request = try WebRequest(head: head)
                input.removeFirst(end + 4)
                since = .now
                let response = respond(request)
                try seat(response.claim)
                try begin(response, to: request)
            } catch {
                return refuse(error)
            }
            flush()
        }
        if input.count > limits.longestHead { refuse(Refusal(status: 431, reason: "the request is too long")) }
    }

    private var endOfHead: Int? {
        guard input.count >= 4 else { return nil }
        return input.withUnsafeBufferPointer { bytes in
            (0...(bytes.count - 4)).first {
                bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
            }
        }
    }

    /// Lets those stay who may, whatever place they have.
    private func seat(_ claim: WebResponse.Claim) throws(Refusal) {
        if claim == .known, onKnown() { reserve = nil }
        guard claim != .vital, let reserve else { return }
        onRefused()
        throw reserve
    }

    // MARK: Answering

    private func begin(_ response: WebResponse, to request: WebRequest) throws(Refusal) {
        hasAnswered = true
        let isHead = request.method == "HEAD"
        var response = response
        switch response.body {
        case .bytes:
            closesAfterwards = !request.keepsAlive || reserve != nil
            phase = .answering
        case .feed(let make):
            closesAfterwards = true
            phase = isHead ? .answering : .feeding(open(make))
        case .socket(let make):
            // Nobody may speak before the handshake is answered.
            guard let headers = request.webSocketHeaders, input.isEmpty else {
                throw Refusal(status: 400, reason: "no handshake of WebSocket version 13")
            }
            response.status = 101
            response.headers += headers
            phase = .socket(open(make))
        }
        output += response.bytes(closes: closesAfterwards, withoutBody: isHead)
    }

    private func open(_ make: WebFeedMaker) -> any WebFeed {
        make { [weak self, queue] in queue.async { @Sendable [weak self] in self?.flush() } }
    }

    /// Sends what there is, until the kernel takes no more.
    private func flush() {
        while isOpen && room == nil {
            if output.isEmpty, !refill() { return }
            let sent = output.withUnsafeBytes { send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent >= 0 {
                output = output.dropFirst(sent)
                since = .now
            } else if errno == EAGAIN {
                room = descriptor.whenWritable(on: queue) { [weak self] in self?.roomCame() }
            } else if errno != EINTR {
                end()
            }
        }
    }

    /// False where there is nothing to send now.
    private func refill() -> Bool {
        if !control.isEmpty {
            output = control[...]
            control = []
            return true
        }
        switch phase {
        case .request: return false
        case .answering:
            phase = .request
            if closesAfterwards { part() }
            return false
        case .parting:
            shutdown(descriptor.number, Int32(SHUT_WR))
            return false
        case .feeding(let feed):
            switch feed.next() {
            case .text(let bytes), .binary(let bytes): output = bytes[...]
            case .end: part()
            case nil: return false
            }
        case .socket(let feed):
            switch feed.next() {
            case .text(let bytes): output = WebSocketFrame.text(bytes)[...]
            case .binary(let bytes): output = WebSocketFrame.binary(bytes)[...]
            case .end:
                control = WebSocketFrame.close(1000)
                part()
            case nil: return false
            }
        }
        return !output.isEmpty
    }

    private func roomCame() {
        room?.cancel()
        room = nil
        flush()
        answer()
    }

    // MARK: Ending

    /// Sends what is left, and hears nothing any more. A client that still sends gets time to read why.
    private func part() {
        if case .parting = phase { return }
        endFeed()
        phase = .parting
        input = []
        since = .now
        flush()
    }

    private func endFeed() {
        switch phase {
        case .feeding(let feed), .socket(let feed): feed.end()
        default: break
        }
    }

    private func end() {
        guard isOpen else { return }
        close()
        onEnd()
    }
}

extension WebResponse {
    fileprivate func bytes(closes: Bool, withoutBody: Bool) -> [UInt8] {
        if case .bytes(let bytes) = body, !withoutBody { return head(closes: closes) + bytes }
        return head(closes: closes)
    }
}
