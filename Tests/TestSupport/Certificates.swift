public import Foundation

/// A certificate for localhost, signed by an authority that nobody else knows.
public struct Certificates {
    /// PEM files.
    public let authority, certificate, key: String

    public init(in folder: URL) throws {
        func path(_ name: String) -> String { folder.appending(path: name).path }
        (authority, certificate, key) = (path("authority.pem"), path("server.pem"), path("server.key"))
        let (authorityKey, request) = (path("authority.key"), path("server.csr"))
        let newKey = ["-newkey", "rsa:2048", "-nodes"], name = ["-addext", "subjectAltName=DNS:localhost"]
        try runTool(
            ["openssl", "req", "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", authorityKey, "-out", authority]
                + newKey)
        try runTool(["openssl", "req", "-subj", "/CN=localhost", "-keyout", key, "-out", request] + newKey + name)
        try runTool([
            "openssl", "x509", "-req", "-days", "2", "-in", request, "-CA", authority, "-CAkey", authorityKey, "-CAcreateserial",
            "-copy_extensions", "copy", "-out", certificate,
        ])
    }
}

/// Runs a program that must succeed.
func runTool(_ command: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Server.NotStarted(description: "\(command[0]) failed") }
}
