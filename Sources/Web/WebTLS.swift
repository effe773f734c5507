import NIOCore
import NIOSSL

/// What a server shows of itself over TLS, and whom it asks to show the same. Connections keep what they began with.
package struct WebTLS: Sendable {
    package enum Problem: Error, Equatable {
        case certificate, key, clientAuthority
        /// The key is not that of the first certificate.
        case mismatch
    }

    let context: NIOSSLContext

    /// - Parameters:
    ///   - certificate: PEM: the server's own, then those between it and an authority that clients know.
    ///   - key: PEM, not encrypted.
    ///   - clientAuthority: PEM of those who sign the certificates that clients must show; nil where clients show none.
    package init(certificate: [UInt8], key: [UInt8], clientAuthority: [UInt8]? = nil) throws(Problem) {
        let chain = try Self.certificates(certificate, orThrow: .certificate)
        guard let key = try? NIOSSLPrivateKey(bytes: key, format: .pem) else { throw .key }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        if let clientAuthority {
            configuration.trustRoots = .certificates(try Self.certificates(clientAuthority, orThrow: .clientAuthority))
            configuration.certificateVerification = .noHostnameVerification
        }
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = Self.ciphers
        configuration.applicationProtocols = ["http/1.1"]
        // Who does not say good-bye is not waited for.
        configuration.shutdownTimeout = .seconds(1)
        guard let context = try? NIOSSLContext(configuration: configuration) else { throw .mismatch }
        self.context = context
    }

    /// Of TLS 1.2 only those with a new key for every connection, and with encryption that tells of changes; TLS 1.3 has no others.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    private static func certificates(_ bytes: [UInt8], orThrow problem: Problem) throws(Problem) -> [NIOSSLCertificate] {
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else { throw problem }
        return found
    }
}
