import Basics
import PosedKit
import Web

/// How posed is asked to serve.
package struct WebOptions: Sendable {
    /// `HOST:PORT`; nil where a service manager passes a socket, or nothing is served.
    package var address: String?
    /// Holds what clients must know.
    package var tokenFile: String?
    /// PEM files.
    package var certificate: String?
    package var key: String?
    /// Of the authority that signs the certificates that clients must show.
    package var clientAuthority: String?
    /// Whether others may be served without TLS.
    package var isPlain = false
    /// Otherwise no image ever leaves, only what was found in it.
    package var showsPixels = true

    package init() {}

    /// Where to serve; nil where nobody asks for it.
    func place() throws -> WebAddress? {
        let passed = try WebAddress.passed()
        guard let address else {
            let isAsked = [tokenFile, certificate, key, clientAuthority].contains { $0 != nil } || isPlain || !showsPixels
            guard passed != nil || !isAsked else {
                throw PosedError(.usage, "--http-token-file, --no-pixels and the like say how --http serves: give that, too")
            }
            return passed
        }
        guard passed == nil else {
            throw PosedError(.usage, "a service manager passed a socket to serve at: leave out --http \(address)")
        }
        return try WebAddress(address)
    }

    /// Whether those who reach the address may be served there so.
    func check(_ address: WebAddress) throws(PosedError) {
        guard (certificate == nil) == (key == nil) else {
            throw PosedError(.usage, "--http-cert and --http-key go together: give both")
        }
        guard certificate != nil || clientAuthority == nil else {
            throw PosedError(
                .usage, "--http-client-ca asks clients for certificates, which takes TLS: give --http-cert and --http-key")
        }
        guard certificate == nil || !isPlain else {
            throw PosedError(.usage, "--http-plain says that there is no TLS, and --http-cert that there is: give one of them")
        }
        if address.isLoopback { return }
        guard tokenFile != nil || clientAuthority != nil else {
            throw PosedError(
                .usage,
                "\(address) can be reached by others: give --http-token-file or --http-client-ca, or serve at 127.0.0.1")
        }
        guard certificate != nil || isPlain else {
            throw PosedError(
                .usage,
                "\(address) can be reached by others, who could listen: give --http-cert and --http-key, or --http-plain where "
                    + "something else protects it")
        }
    }

    /// Reads the files; nil where nothing is encrypted.
    func tls() throws(PosedError) -> WebTLS? {
        guard let certificate, let key else { return nil }
        let chain = try bytes(of: certificate, "the certificate")
        let secret = try bytes(of: key, "the key")
        var authority: [UInt8]?
        if let clientAuthority { authority = try bytes(of: clientAuthority, "the clients' authority") }
        do { return try WebTLS(certificate: chain, key: secret, clientAuthority: authority) } catch {
            switch error {
            case .certificate: throw PosedError(.badData, "\(certificate): it holds no certificate in PEM")
            case .key: throw PosedError(.badData, "\(key): it holds no private key in PEM, or one that asks for a password")
            case .clientAuthority: throw PosedError(.badData, "\(clientAuthority ?? ""): it holds no certificate in PEM")
            case .mismatch: throw PosedError(.badData, "\(key): it is not the key of the certificate in \(certificate)")
            }
        }
    }

    private func bytes(of path: String, _ what: String) throws(PosedError) -> [UInt8] {
        do { return Array(try contents(ofFile: path, atMost: 1 << 20)) } catch {
            throw PosedError(.missingInput, "\(path): \(what) cannot be read: \(error)")
        }
    }
}
