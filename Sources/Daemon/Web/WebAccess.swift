import Basics
import PoseTypes
import PosedKit
import Web

/// Who may see the streams: with a token whoever knows it, without one those on this machine, or who has shown a certificate.
struct WebAccess: Sendable {
    let token: Secret?
    /// Of this server, so that several on one machine do not overwrite each other's.
    let cookie: String
    /// Whether everything goes over TLS.
    var isEncrypted = false
    /// Whether every client has shown a certificate before it asks.
    var knowsClients = false

    /// What a request is answered with instead; nil where it may pass.
    func refusal(of request: WebRequest) -> WebResponse? {
        // A browser tells where a page came from, and cookies go with requests of any page: others' pages get nothing.
        if let origin = request.headers["origin"], authority(of: origin) != request.headers["host"]?.lowercased() {
            return WebResponse(status: 403, "pages of \(origin) may not read this\n")
        }
        guard let token else {
            // A name that leads here by a trick (DNS rebinding) would make another's page one of ours. No certificate fits one.
            guard !knowsClients, let host = request.headers["host"], !isLocal(host) else { return nil }
            return WebResponse(status: 421, "without --http-token-file, ask for localhost or 127.0.0.1\n")
        }
        if given(by: request).contains(where: { isEqual($0, token.reveal()) }) { return nil }
        var refusal = WebResponse(status: 401, type: "text/html; charset=utf-8", Self.question)
        refusal.headers.append(("WWW-Authenticate", #"Bearer realm="posed""#))
        return refusal
    }

    /// Whether who is not refused is known.
    var isRestricted: Bool { token != nil || knowsClients }

    /// Keeps the token that came with the page's address in a cookie, and shows the page without it.
    func welcome(_ request: WebRequest) -> WebResponse? {
        guard let token, request.path.isEmpty, request.query["token"] != nil else { return nil }
        let cookie =
            "\(cookie)=\(percentEncoded(token.reveal())); HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000"
            + (isEncrypted ? "; Secure" : "")
        return WebResponse(status: 303, headers: [("Location", "/"), ("Set-Cookie", cookie)], body: .bytes([]))
    }

    private func given(by request: WebRequest) -> [String] {
        var given: [String] = []
        if let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") {
            given.append(String(header.dropFirst(7)))
        }
        if let item = request.query["token"] { given.append(item) }
        for pair in (request.headers["cookie"] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            if parts.count == 2, parts[0] == cookie { given.append(percentDecoded(parts[1]) ?? parts[1]) }
        }
        return given
    }

    /// Takes as long whatever is wrong.
    private func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func authority(of origin: String) -> String? {
        origin.firstRange(of: "://").map { origin[$0.upperBound...].lowercased() }
    }

    private func isLocal(_ host: String) -> Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
        return ["localhost", "::1"].contains(name.lowercased()) || name.wholeMatch(of: /127\.\d+\.\d+\.\d+/) != nil
    }

    private static let question = """
        <!doctype html><meta name="viewport" content="width=device-width"><title>posed</title>
        <form><label>Token <input type="password" name="token" autofocus></label> <button>Open</button></form>

        """
}

extension WebAccess {
    /// The token in a file, without the white space around it.
    static func token(path: String) throws(PosedError) -> Secret {
        let text: String
        do { text = String(decoding: try contents(ofFile: path, atMost: 4096), as: UTF8.self) } catch {
            throw PosedError(.missingInput, "\(path): the token cannot be read: \(error)")
        }
        let token = text.trimmed
        guard token.utf8.count >= 16, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw PosedError(
                .badData, "\(path): a token has at least 16 letters, digits or signs: openssl rand -hex 16 makes one")
        }
        return Secret(token)
    }
}
