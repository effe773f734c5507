/// What a server lets its clients have.
public struct WebLimits: Sendable {
    /// Connections at once; who comes then is told 503.
    public var mostConnections = 256
    /// Bytes of a request's head.
    public var longestHead = 8192
    /// For a whole head, from the connection or its first byte on.
    public var headPatience = Duration.seconds(10)
    /// Between two requests of one connection.
    public var idlePatience = Duration.seconds(60)
    /// For a client that takes nothing of what waits for it.
    public var stallPatience = Duration.seconds(120)
    /// After which a feed that has nothing to say shows that it is there.
    public var heartbeat = Duration.seconds(15)
    /// For a client to read the last that it is told.
    var farewell = Duration.seconds(2)

    public init() {}
}
