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
        do throws(Refusal) {
            try seat(response.claim)
            try begin(response, to: request, head, in: exchange)
        } catch {
            refuse(error)
        }
    }

    /// Lets those stay who may, whatever place they have.
    private func seat(_ claim: WebResponse.Claim) throws(Refusal) {
        if claim == .known, host?.recognize(id) == true { reserve = nil }
        guard claim != .vital, let reserve else { return }
        host?.leaveReserve(id)
        throw reserve
    }

    private func begin(
        _ response: WebResponse, to request: WebRequest, _ head: HTTPRequestHead, in exchange: WebExchange
    ) throws(Refusal) {
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
            hearing = .nothing
            send(response, closes: true)
            if isHead { answered() } else { pull() }
        case .socket(let make):
            // Nobody may speak before the handshake is answered.
            guard request.beginsWebSocket, gate?.isHolding == false else {
                throw Refusal(status: 400, reason: "no handshake of WebSocket version 13")
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
        guard let loop = host?.loop else { return make {} }
        return make { [weak self] in loop.soon { [weak self] in self?.pull() } }
    }

    /// Sends what there is, until the kernel takes no more. Who takes much lets others have their turn in between.
    private func pull() {
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
        host?.loop.soon { [weak self] in self?.pull() }
    }

    func endFeed() { feed?.end() }

    func giveSignOfLife() {
        switch phase {
        case .feeding(let feed) where !feed.heartbeat.isEmpty: write(.text(feed.heartbeat))
        case .socket: write(.ping, ByteBuffer())
        default: break
        }
    }

    private func write(_ piece: WebPiece) {
        guard case .text(let bytes) = piece else {
            guard case .binary(let bytes) = piece else { return }
            return write(.binary, buffer(bytes))
        }
        write(.text, buffer(bytes))
    }

    /// Leaves room for what a WebSocket writes before it.
    private func buffer(_ bytes: [UInt8]) -> ByteBuffer {
        var buffer = channel.allocator.buffer(capacity: bytes.count + 16)
        buffer.moveWriterIndex(to: 16)
        buffer.moveReaderIndex(to: 16)
        buffer.writeBytes(bytes)
        return buffer
    }

    /// - Parameter opcode: of a frame, where there are frames.
    func write(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) {
        if case .socket = phase {
            channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, data: bytes), promise: nil)
        } else {
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
        }
    }
}
