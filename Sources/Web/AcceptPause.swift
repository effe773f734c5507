import Glibc
import NIOCore

/// Lets a listener rest for a second when the process may open nothing more.
///
/// NIO's own back-off (`AcceptBackoffHandler`) puts off the next read, but the one that failed is still to be done: epoll reports
/// it again and again, as fast as a processor can. Here nothing is read until the second is over.
final class AcceptPause: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.setOption(.autoRead, value: true) }
    }
}
