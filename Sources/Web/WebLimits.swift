/// What a server lets its clients have.
package struct WebLimits: Sendable {
    /// Connections at once of those who have not shown that they are known, and as many of those who have; who comes then has the
    /// reserve.
    package var maxConnections = 256
    /// Of them, those of one address (an IPv6 network of 64 bits), unless it is this machine's own.
    package var maxPerAddress = 64
    /// Places for those for whom there is no other: they are heard, and told 503 (or 429, beyond the places of their address)
    /// unless they are known or ask for what is vital. The oldest makes way for the newest.
    package var reserve = 16
    /// Milliseconds for a whole head in the reserve, and as long again for the handshake of TLS before it.
    var reservePatience = 500
    /// Bytes that a client may send where nothing is to be said: beside a feed, over a WebSocket at once, and while it closes.
    var maxBesideFeed = 1 << 16
    var maxAfterClosing = 4 << 20
    /// And those that it may say over a WebSocket in a second of its time.
    var socketBytesASecond = 1 << 10
    /// Bytes of a request's head.
    package var longestHead = 8192
    /// For a whole head, from the connection or its first byte on.
    package var headPatience = Duration.seconds(10)
    /// Between two requests of one connection.
    package var idlePatience = Duration.seconds(60)
    /// For a client that takes nothing of what waits for it.
    package var stallPatience = Duration.seconds(120)
    /// After which a feed that has nothing to say shows that it is there.
    package var heartbeat = Duration.seconds(15)
    /// For a client to read the last that it is told.
    var closeTimeout = Duration.seconds(2)

    package init() {}
}
