import Foundation
import Logging
import PoseTypes
import Synchronization
import Web

/// What posed serves over HTTP (docs/web.md).
public final class WebService: Sendable {
    private let server: WebServer

    /// Where it serves: the port is one that was free if 0 was asked for.
    public var port: Int { server.port }

    /// Begins to serve what is on `board`.
    ///
    /// - Parameters:
    ///   - address: `HOST:PORT`.
    ///   - tokenFile: holds what clients must know. Needed for an address that others than this machine can reach.
    public init(address text: String, tokenFile: String?, board: StreamBoard) throws {
        let address = try WebAddress(text)
        let token = try tokenFile.map { path throws(PosedError) in try WebAccess.token(path: path) }
        guard token != nil || address.isLoopback else {
            throw PosedError(.usage, "\(text) can be reached by others: give --http-token-file, or serve at 127.0.0.1")
        }
        let site = WebSite(board: board, access: WebAccess(token: token, cookie: "posed_token"))
        server = try WebServer(at: address) { site.respond(to: $0) }
        site.show(countsOf: server)
        let host = text.prefix(upTo: text.lastIndex(of: ":") ?? text.endIndex)
        Logger(label: "posed").notice("serving at http://\(host):\(server.port)/")
    }

    /// Ends every connection.
    public func stop() { server.stop() }
}
