import NIOCore

/// Lets one head at a time through to the parser, whole and none too long; counts what comes where nothing is to be said.
final class HeadGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: WebConnection
    private let longest: Int
    /// What has not been let through.
    private var held = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var isLettingThrough = false

    init(_ connection: WebConnection, longest: Int) {
        self.connection = connection
        self.longest = longest
    }

    /// Whether a head has begun, or come before its turn.
    var isHolding: Bool { held.readableBytes > 0 }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connection.letGo()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        connection.connected()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.gone()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { connection.roomCame() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch connection.input {
        case .heads:
            connection.heard(first: !isHolding)
            if isHolding { held.writeBuffer(&bytes) } else { held = bytes }
            letThrough()
        case .frames:
            if connection.mayHear(bytes.readableBytes) { context.fireChannelRead(wrapInboundOut(bytes)) }
        case .nothing: _ = connection.mayHear(bytes.readableBytes)
        }
    }

    /// Called whenever it is somebody's turn.
    func letThrough() {
        guard let context, !isLettingThrough else { return }
        isLettingThrough = true
        defer { isLettingThrough = false }
        while connection.isWaiting, let length = headLength, length <= longest, let head = held.readSlice(length: length) {
            context.fireChannelRead(wrapInboundOut(head))
        }
        if held.readableBytes == 0 {
            held = ByteBuffer()
        } else if connection.input == .frames {
            let bytes = held
            held = ByteBuffer()
            channelRead(context: context, data: wrapInboundOut(bytes))
        } else if held.readableBytes > longest {
            connection.refuse(HTTPError(status: 431, reason: "the request is too long"))
        }
    }

    /// Sends bytes as they are, past what makes them of messages.
    func send(_ bytes: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }

    func drop() { held = ByteBuffer() }

    /// Up to and with its empty line; nil where that has not come.
    private var headLength: Int? {
        held.withUnsafeReadableBytes { bytes in
            guard bytes.count >= 4 else { return nil }
            return (4...bytes.count).first {
                bytes[$0 - 1] == 10 && bytes[$0 - 2] == 13 && bytes[$0 - 3] == 10 && bytes[$0 - 4] == 13
            }
        }
    }
}
