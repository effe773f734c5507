import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Hands a head to its connection, as NIO's parser has it.
final class WebExchange: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart

    /// What a WebSocket's client may say at once: nobody has anything to say.
    private static let longestFrame = 4096

    private let connection: WebConnection
    private var asked: (request: WebRequest, head: HTTPRequestHead)?
    private let encoder: HTTPResponseEncoder
    private let decoder = ByteToMessageHandler(HTTPRequestDecoder())
    private var context: ChannelHandlerContext?

    init(_ connection: WebConnection) {
        self.connection = connection
        // An answer that goes on ends with its connection: some clients know no chunks.
        var configuration = HTTPResponseEncoder.Configuration()
        configuration.automaticallySetFramingHeaders = false
        encoder = HTTPResponseEncoder(configuration: configuration)
    }

    /// Joins a pipeline, behind what makes heads of bytes.
    func join(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(self)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            do throws(HTTPError) { asked = (try WebRequest(head), head) } catch { connection.refuse(error) }
        case .body: break
        case .end:
            guard let (request, head) = asked else { return }
            asked = nil
            connection.answer(request, head, in: self)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.failed(error) }

    /// Answers a handshake of WebSocket, and leaves the connection to what speaks that. All of it is done when this returns, but
    /// that NIO's parser, which calls, goes a moment later: until then the gate lets nothing through.
    func shakeHands(_ request: HTTPRequestHead, adding fields: HTTPHeaders) {
        guard let context else { return }
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: Self.longestFrame, automaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(fields) },
            upgradePipelineHandler: { [connection] channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WebSocketListener(connection))
                }
            })
        let (channel, pipeline) = (context.channel, context.pipeline.syncOperations)
        upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: request, initialResponseHeaders: [:])
            .assumeIsolated().flatMap { fields in
                let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: fields)
                channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
                return upgrader.upgrade(context: context, upgradeRequest: request)
            }
            .flatMap { [self] in pipeline.removeHandler(encoder).and(pipeline.removeHandler(self)) }
            .flatMap { [self] _ in pipeline.removeHandler(decoder) }
            .whenComplete { [connection] result in
                if case .success = result { connection.hearFrames() } else { connection.end() }
            }
    }
}

extension WebRequest {
    fileprivate init(_ head: HTTPRequestHead) throws(HTTPError) {
        guard head.version == .http1_1 || head.version == .http1_0 else { throw HTTPError(status: 505, reason: "only HTTP/1.1") }
        try self.init(
            method: head.method.rawValue, target: head.uri, isCurrent: head.version == .http1_1, keepsAlive: head.isKeepAlive,
            headers: head.headers.map { ($0.name, $0.value) })
    }
}
