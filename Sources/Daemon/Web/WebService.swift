import Basics
import Logging
import PoseTypes
import PosedKit
import Synchronization
import Web

/// What posed serves over HTTP (docs/web.md).
package final class WebService: Sendable {
    /// What is served.
    let board: StreamBoard
    private let options: WebOptions
    private let server: WebServer
    private let logger = Logger(label: "posed")

    /// Begins to serve; nil where nobody asks for it.
    package static func begin(_ options: WebOptions) throws -> WebService? {
        try options.place().map { try WebService(options, at: $0) }
    }

    private init(_ options: WebOptions, at address: WebAddress) throws {
        try options.check(address)
        let token = try options.tokenFile.map { path throws(PosedError) in try WebAccess.token(path: path) }
        let tls = try options.tls()
        let board = StreamBoard(showsPixels: options.showsPixels)
        let site = Mutex<WebSite?>(nil)
        server = try WebServer(
            at: address, tls: tls,
            respondingAt: { port in
                // Browsers keep the cookies of all ports of a host together.
                let access = WebAccess(
                    token: token, cookie: "posed_token_\(port)", isEncrypted: tls != nil,
                    knowsClients: options.clientAuthority != nil)
                let made = WebSite(board: board, access: access)
                site.withLock { $0 = made }
                return { made.respond(to: $0) }
            })
        (self.options, self.board) = (options, board)
        site.withLock { $0 }?.show(countsOf: server)
        for file in [options.tokenFile, options.key].compactMap({ $0 }) {
            if let problem = secrecyProblem(ofFile: file) { logger.warning("\(file) \(problem)") }
        }
        let text = address.description
        let host = text.prefix(upTo: text.lastIndex(of: ":") ?? text.endIndex)
        logger.notice("serving at \(tls == nil ? "http" : "https")://\(host):\(server.port)/")
    }

    /// Reads certificate and key again, for whoever connects from now on. If they are not as they should be, all stays as it was.
    func reload() {
        do {
            guard let tls = try options.tls() else { return }
            server.use(tls)
            logger.notice("the certificate was read again")
        } catch {
            logger.error("the certificate stays as it was: \(error)")
        }
    }

    /// Ends every connection.
    package func stop() { server.stop() }
}
