import Synchronization

/// Serves HTTP/1.1: requests without bodies, answers that may go on for ever, WebSockets; all of it over TLS where it is given.
///
/// One thread serves everybody and waits for nobody; whatever a client does costs only that client. Times, sizes and
/// numbers of all that clients have are limited.
package final class WebServer: Sendable {
    package struct Counts: Sendable, Equatable {
        package var connections = 0
        /// Clients that were one too many.
        package var refused = 0
        package var requests = 0

        package init() {}
    }

    /// Where it listens: what was asked for, with the port that was found for 0.
    package let port: Int
    private let loop = WebLoop()
    private let host: WebHost
    private let isOver = Atomic(false)

    /// Begins to serve.
    ///
    /// - Parameter respond: called on the server's thread: it must not wait.
    package convenience init(
        at address: WebAddress, tls: WebTLS? = nil, limits: WebLimits = WebLimits(),
        respond: @escaping @Sendable (WebRequest) -> WebResponse
    ) throws(WebError) {
        try self.init(at: address, tls: tls, limits: limits, respondingAt: { _ in respond })
    }

    /// The same, for those who must know the port to respond.
    package init(
        at address: WebAddress, tls: WebTLS? = nil, limits: WebLimits = WebLimits(),
        respondingAt make: (_ port: Int) -> @Sendable (WebRequest) -> WebResponse
    ) throws(WebError) {
        let host = WebHost(loop, tls: tls, limits: limits)
        self.host = host
        do {
            let listener = try loop.listen(at: address) { try host.welcome($0) }
            port = listener.port
            let respond = make(port)
            loop.soon { host.begin(respond) }
            listener.open()
        } catch {
            loop.endSoon()
            throw error
        }
    }

    /// May be asked for anywhere, also while it responds.
    package var counts: Counts { host.counts }

    /// What connections begin with from now on; those that are there stay as they are.
    package func use(_ tls: WebTLS) { loop.soon { [host] in host.tls = tls } }

    /// Ends every connection.
    package func stop() {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        try? loop.run { [host] in host.stop() }
        loop.end()
    }

    deinit {
        guard !isOver.load(ordering: .relaxed) else { return }
        loop.soon { [host] in host.stop() }
        loop.endSoon()
    }
}
