import NIOCore
import NIOHTTP1
import NIOWebSocket

extension WebConnection {
    /// Whether it is the client's turn.
    var isWaiting: Bool { if case .request = phase { true } else { false } }

    func answer(_ request: WebRequest, _ head: HTTPRequestHead, in exchange: WebExchange) {
        guard isWaiting, let host else { return }
        since = .now
        let response = host.answer(request)
        do throws(HTTPError) {
            try seat(response.claim)
            try begin(response, to: request, head, in: exchange)
        } catch {
            refuse(error)
        }
    }

    /// Lets those stay who may, whatever place they have.
    private func seat(_ claim: WebResponse.Claim) throws(HTTPError) {
        if claim == .known, host?.recognize(id) == true { reserve = nil }
        guard claim != .vital, let reserve else { return }
        host?.leaveReserve(id)
        throw reserve
    }

    private func begin(
        _ response: WebResponse, to request: WebRequest, _ head: HTTPRequestHead, in exchange: WebExchange
    ) throws(HTTPError) {
        hasAnswered = true
        let isHead = request.method == "HEAD"
        switch response.body {
        case .bytes:
            closesAfterwards = !request.keepsAlive || reserve != nil
            phase = .answering
            send(response, closes: closesAfterwards, withoutBody: isHead)
            answered()
        case .feed(let make):
            closesAfterwards = true
            phase = isHead ? .answering : .feeding(open(make))
            input = .nothing
            send(response, closes: true)
            if isHead { answered() } else { pull() }
        case .socket(let make):
            // Nobody may speak before the handshake is answered.
            guard request.beginsWebSocket, gate?.isHolding == false else {
                throw HTTPError(status: 400, reason: "no handshake of WebSocket version 13")
            }
            exchange.shakeHands(head, adding: response.head(closes: false).headers)
            phase = .socket(open(make))
            pull()
        }
    }

    func send(_ response: WebResponse, closes: Bool, withoutBody: Bool = false) {
        channel.write(HTTPServerResponsePart.head(response.head(closes: closes)), promise: nil)
        if !withoutBody, case .bytes(let bytes) = response.body {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        }
        channel.flush()
    }

    /// The next one is answered when the kernel has taken this.
    private func answered() {
        if closesAfterwards { return part() }
        guard channel.isWritable else { return }
        phase = .request
        since = .now
        gate?.letThrough()
    }

    func roomCame() {
        guard channel.isWritable else { return }
        if case .answering = phase { answered() } else { pull() }
    }

    // MARK: Feeding

    private var feed: (any WebFeed)? {
        switch phase {
        case .feeding(let feed), .socket(let feed): feed
        default: nil
        }
    }

    private func open(_ make: WebFeedMaker) -> any WebFeed {
        make { [host, id] in host?.wake(id) }
    }

    /// Sends what there is, until the kernel takes no more. Who takes much lets others have their turn in between.
    func pull() {
        guard !isPulling else { return }
        isPulling = true
        defer { isPulling = false }
        for _ in 0..<64 {
            guard channel.isWritable, let feed, let piece = feed.next() else { return }
            since = .now
            guard piece != .end else {
                if case .socket = phase { close(.normalClosure) } else { part() }
                return
            }
            write(piece)
        }
        host?.wake(id)
    }

    func endFeed() { feed?.end() }

    func giveSignOfLife() {
        switch phase {
        case .feeding(let feed) where !feed.heartbeat.isEmpty: write(.text(feed.heartbeat[...]))
        case .socket: write(.ping, ByteBuffer())
        default: break
        }
    }

    private func write(_ piece: WebPiece) {
        switch (piece, phase) {
        case (.text(let bytes), .socket): if let host { gate?.send(host.frame(.text, bytes)) }
        case (.binary(let bytes), .socket): if let host { gate?.send(host.frame(.binary, bytes)) }
        case (.text(let bytes), _), (.binary(let bytes), _): gate?.send(ByteBuffer(bytes: bytes))
        case (.end, _): break
        }
    }

    /// A frame of control, where there are frames.
    func write(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, data: bytes), promise: nil)
    }
}
