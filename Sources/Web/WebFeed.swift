/// Makes what one client is fed with. The closure is to be called whenever there is something to take again after `next` had
/// nothing; from any thread.
package typealias WebFeedMaker = @Sendable (_ onReady: @escaping @Sendable () -> Void) -> any WebFeed

/// What one client gets, piece by piece, as fast as it takes them: whoever is too slow for everything decides in `next` what
/// is left out.
///
/// Used on the server's thread only.
package protocol WebFeed: AnyObject, Sendable {
    /// What comes next; nil where there is nothing yet.
    func next() -> WebPiece?
    /// Sent when there was nothing for a while, so that whatever lies between does not take the connection for dead. Empty
    /// for none; a WebSocket has its own.
    var heartbeat: [UInt8] { get }
    /// The client has gone.
    func end()
}

package enum WebPiece: Sendable, Equatable {
    /// UTF-8. Text and binary differ for WebSockets alone.
    case text(ArraySlice<UInt8>)
    case binary(ArraySlice<UInt8>)
    /// Nothing follows.
    case end
}
