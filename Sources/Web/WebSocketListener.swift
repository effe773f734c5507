import NIOCore
import NIOWebSocket

/// Hears what a client says over a WebSocket: nothing of interest, but by those rules of RFC 6455, section 5, that NIO leaves to
/// who knows the extensions (there are none).
final class WebSocketListener: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let connection: WebConnection
    private var isFragmented = false

    init(_ connection: WebConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        // Clients mask.
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return connection.close(.protocolError) }
        switch frame.opcode {
        case .connectionClose: connection.close(frame.length == 1 ? .protocolError : .normalClosure)
        case .ping: connection.pong(frame.unmaskedData)
        case .pong: break
        case .continuation, .text, .binary:
            guard (frame.opcode == .continuation) == isFragmented else { return connection.close(.protocolError) }
            isFragmented = !frame.fin
        default: connection.close(.protocolError)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.failed(error) }
}
