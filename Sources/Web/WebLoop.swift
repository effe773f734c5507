import Dispatch
import Glibc
import NIOCore
import NIOPosix

/// The one thread on which a server runs, and the one place where the rest of the program meets it.
///
///     the program                            │ the loop
///     begins, ends       ─ listen, run, end ─▶ │ admits, answers, feeds; nothing on it ever waits
///     has something      ─ soon ─────────────▶ │ asks the feeds for it
///
/// One is enough: a record costs a client some microseconds, and more threads would take the networks' processors.
struct WebLoop: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop

    init() { loop = group.next() }

    /// Waits for what `body` does on the loop, so it is never called there.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value { try loop.submit(body).wait() }

    func soon(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    func twiceASecond(_ body: @escaping @Sendable () -> Void) {
        loop.scheduleRepeatedTask(initialDelay: .milliseconds(500), delay: .milliseconds(500)) { _ in body() }
    }

    /// Somewhere to listen. Whoever comes waits until it is opened.
    struct Listener {
        fileprivate let channel: any Channel

        var port: Int { channel.localAddress?.port ?? 0 }

        func open() { _ = channel.setOption(.autoRead, value: true) }
    }

    /// - Parameter welcome: is shown everybody who comes.
    func listen(
        at address: WebAddress, welcome: @escaping @Sendable (any Channel) throws -> Void
    ) throws(WebError) -> Listener {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptPause()) }
            }
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try welcome(channel) } }
            // A small send buffer: what a slow client has not read is better dropped than old.
            .childChannelOption(.socketOption(.so_sndbuf), value: 1 << 16)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 1, high: 1 << 14))
            // Heads are short, and nothing else is listened to.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // Dead peers are found by the kernel.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), value: 60)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        do {
            let bound = address.socket.map { bootstrap.withBoundSocket($0) } ?? bootstrap.bind(to: address.address)
            return Listener(channel: try bound.wait())
        } catch {
            throw .cannotListen(address.description, code: (error as? IOError)?.errnoCode ?? EINVAL)
        }
    }

    /// Ends the thread, and every connection that is left.
    func end() { try? group.syncShutdownGracefully() }

    /// The same without waiting, for whoever may be on the loop.
    func endSoon() { group.shutdownGracefully(queue: .global()) { _ in } }
}
