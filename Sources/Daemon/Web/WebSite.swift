import Delivery
import Settings
import Synchronization
import Web

/// Which request is answered with what. Called on the server's thread, where nothing may wait.
final class WebSite: Sendable {
    private let board: StreamBoard
    private let access: WebAccess
    private let counts = Mutex<@Sendable () -> WebServer.Counts>({ WebServer.Counts() })

    init(board: StreamBoard, access: WebAccess) {
        self.board = board
        self.access = access
    }

    /// Tells whose counts `/metrics` shows.
    func show(countsOf server: WebServer) {
        counts.withLock { $0 = { [weak server] in server?.counts ?? WebServer.Counts() } }
    }

    func respond(to request: WebRequest) -> WebResponse {
        var response = answer(to: request)
        response.headers += [
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"), ("Content-Security-Policy", Self.policy),
        ]
        return response
    }

    /// Nothing but what this server sends, and nobody's frame around it.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"

    private func answer(to request: WebRequest) -> WebResponse {
        switch request.path {
        // Those who watch over the service need not know what it sees.
        case ["healthz"]: return health(board.isTurning(at: .now), "turning over", "a stream does not turn over any more")
        case ["readyz"]: return health(board.isReady, "ready", "pipelines and networks are being loaded")
        default: break
        }
        if let refusal = access.refusal(of: request) { return refusal }
        var response = access.welcome(request) ?? content(for: request)
        if access.isRestricted { response.claim = .known }
        return response
    }

    private func content(for request: WebRequest) -> WebResponse {
        switch request.path {
        case ["metrics"]: return metrics()
        case ["streams"]:
            return WebResponse(headers: [("Content-Type", "application/json")], body: .bytes(StreamList(board).json))
        case let path where path.count == 3 && path[0] == "streams":
            guard let channel = board[path[1]] else { return WebResponse(status: 404, "there is no such stream\n") }
            switch path[2] {
            case "poses": return poses(of: channel, request)
            case "preview": return preview(of: channel, request)
            default: break
            }
        default: break
        }
        return WebPage.file(at: request.path) ?? WebResponse(status: 404, "there is nothing here\n")
    }

    private func health(_ isGood: Bool, _ good: String, _ bad: String) -> WebResponse {
        var response = WebResponse(status: isGood ? 200 : 503, (isGood ? good : bad) + "\n")
        // A 503 for want of places would have the service replaced.
        response.claim = .vital
        return response
    }

    private func metrics() -> WebResponse {
        let counts = counts.withLock { $0 }()
        return WebResponse(type: "text/plain; version=0.0.4; charset=utf-8", MetricsPage(board, web: counts).text)
    }

    private func poses(of channel: StreamChannel, _ request: WebRequest) -> WebResponse {
        let records = channel.records
        if request.wantsWebSocket {
            return WebResponse(body: .socket { RecordMessages(records.read(onReady: $0)) })
        }
        let last = request.headers["last-event-id"].flatMap(RecordHistory.Position.init)
        return WebResponse(
            headers: [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")],
            body: .feed { RecordEvents(records.read(after: last, onReady: $0)) })
    }

    private func preview(of channel: StreamChannel, _ request: WebRequest) -> WebResponse {
        guard let preview = channel.preview else { return WebResponse(status: 404, "no pictures are shown (--no-pixels)\n") }
        if request.wantsWebSocket {
            return WebResponse(body: .socket { PreviewPictures(preview, isSocket: true, onReady: $0) })
        }
        return WebResponse(
            headers: [("Content-Type", "multipart/x-mixed-replace; boundary=\(PreviewPictures.boundary)")],
            body: .feed { PreviewPictures(preview, isSocket: false, onReady: $0) })
    }
}
