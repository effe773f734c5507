import Basics
import Foundation
import Logging
import PoseTypes
import PosedKit
import Synchronization
import Web

/// What posed serves over HTTP (docs/web.md).
package final class WebService: Sendable {
    private let server: WebServer

    /// Where it serves: the port is one that was free if 0 was asked for.
    package var port: Int { server.port }

    /// Begins to serve what is on `board`.
    ///
    /// - Parameters:
    ///   - address: `HOST:PORT`.
    ///   - tokenFile: holds what clients must know. Needed for an address that others than this machine can reach.
    package init(address text: String, tokenFile: String?, board: StreamBoard) throws {
        let address = try WebAddress(text)
        let token = try tokenFile.map { path throws(PosedError) in try WebAccess.token(path: path) }
        guard token != nil || address.isLoopback else {
            throw PosedError(.usage, "\(text) can be reached by others: give --http-token-file, or serve at 127.0.0.1")
        }
        let site = Mutex<WebSite?>(nil)
        server = try WebServer(
            at: address,
            respondingAt: { port in
                // Browsers keep the cookies of all ports of a host together.
                let made = WebSite(board: board, access: WebAccess(token: token, cookie: "posed_token_\(port)"))
                site.withLock { $0 = made }
                return { made.respond(to: $0) }
            })
        site.withLock { $0 }?.show(countsOf: server)
        let logger = Logger(label: "posed")
        if let tokenFile, let problem = secrecyProblem(ofFile: tokenFile) { logger.warning("\(tokenFile) \(problem)") }
        let host = text.prefix(upTo: text.lastIndex(of: ":") ?? text.endIndex)
        logger.notice("serving at http://\(host):\(server.port)/")
    }

    /// Ends every connection.
    package func stop() { server.stop() }
}
