public import Foundation

/// A certificate for localhost, signed by an authority that nobody else knows.
public struct Certificates: Sendable {
    private let folder: URL
    /// PEM files.
    public let authority, certificate, key: String

    public init(in folder: URL) throws {
        self.folder = folder
        authority = folder.appending(path: "authority.pem").path
        let authorityKey = folder.appending(path: "authority.key").path
        try runTool(
            ["openssl", "req", "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", authorityKey, "-out", authority]
                + ["-newkey", "rsa:2048", "-nodes"])
        (certificate, key) = try Self.issue("server", for: "localhost", in: folder, authority: authority)
    }

    /// One more that the same authority signed.
    public func issue(_ name: String, for host: String = "localhost") throws -> (certificate: String, key: String) {
        try Self.issue(name, for: host, in: folder, authority: authority)
    }

    private static func issue(
        _ name: String, for host: String, in folder: URL, authority: String
    ) throws -> (certificate: String, key: String) {
        func path(_ ending: String) -> String { folder.appending(path: name + ending).path }
        try runTool(
            ["openssl", "req", "-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)", "-newkey", "rsa:2048", "-nodes"]
                + ["-keyout", path(".key"), "-out", path(".csr")])
        try runTool(
            ["openssl", "x509", "-req", "-days", "2", "-in", path(".csr"), "-CA", authority, "-CAcreateserial"]
                + ["-CAkey", folder.appending(path: "authority.key").path, "-copy_extensions", "copy", "-out", path(".pem")])
        return (path(".pem"), path(".key"))
    }
}
