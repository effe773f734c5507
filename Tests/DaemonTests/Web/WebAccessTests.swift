import Basics
import Daemon
import Foundation
import PoseTypes
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings
@testable import Web

@Suite struct WebAccessTests {
    private let local = WebAccess(token: nil, cookie: "posed_token")
    private let guarded = WebAccess(token: Secret("0123456789abcd+="), cookie: "posed_token")

    private func request(_ path: String = "/streams", _ headers: String...) throws -> WebRequest {
        try WebRequest(
            method: "GET", target: path, isCurrent: true, keepsAlive: true,
            headers: headers.map { line in
                let end = line.firstIndex(of: ":")!
                return (String(line[..<end]), String(line[line.index(after: end)...]))
            })
    }

    @Test(arguments: ["localhost", "LOCALHOST:8080", "127.0.0.1:80", "127.1.2.3", "[::1]:8080"])
    func thisMachineNeedsNoToken(_ host: String) throws {
        #expect(try local.refusal(of: request("/", "Host: \(host)")) == nil)
    }

    /// A name that an attacker lets lead to 127.0.0.1 makes the attacker's page one of ours.
    @Test(arguments: ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "[::2]"])
    func othersNamesForThisMachineDoNotCount(_ host: String) throws {
        #expect(try local.refusal(of: request("/", "Host: \(host)"))?.status == 421)
    }

    @Test func pagesOfOthersReadNothing() throws {
        let host = "Host: localhost:8080"
        #expect(try local.refusal(of: request("/", host, "Origin: http://localhost:8080")) == nil)
        for origin in ["http://evil.example", "http://localhost", "null", "localhost:8080"] {
            #expect(try local.refusal(of: request("/", host, "Origin: \(origin)"))?.status == 403, "\(origin)")
        }
        let cookie = "Cookie: posed_token=0123456789abcd%2B%3D"
        #expect(try guarded.refusal(of: request("/", "Host: a", cookie, "Origin: https://b"))?.status == 403)
    }

    @Test func whoKnowsTheTokenPasses() throws {
        for header in ["Authorization: Bearer 0123456789abcd+=", "Cookie: a=b; posed_token=0123456789abcd%2B%3D"] {
            #expect(try guarded.refusal(of: request("/", "Host: camera.example", header)) == nil, "\(header)")
        }
        #expect(try guarded.refusal(of: request("/?token=0123456789abcd%2B%3D", "Host: a")) == nil)
        for header in [
            "Accept: */*", "Authorization: Bearer 0123456789abcd+", "Authorization: Basic 0123456789abcd+=",
            "Cookie: token=0123456789abcd%2B%3D", "Authorization: Bearer",
        ] {
            #expect(try guarded.refusal(of: request("/", "Host: a", header))?.status == 401, "\(header)")
        }
    }

    @Test func theTokenLeavesTheAddressOfThePage() throws {
        let answer = try #require(try guarded.welcome(request("/?token=0123456789abcd%2B%3D", "Host: a")))
        #expect(answer.status == 303)
        let cookie = try #require(answer.headers.first { $0.name == "Set-Cookie" }?.value)
        #expect(cookie.hasPrefix("posed_token=0123456789abcd%2B%3D; HttpOnly; SameSite=Strict"))
        #expect(try guarded.welcome(request("/", "Host: a")) == nil)
        #expect(try guarded.welcome(request("/streams?token=0123456789abcd%2B%3D", "Host: a")) == nil)
    }

    @Test func overTLSTheCookieGoesNowhereElse() throws {
        let access = WebAccess(token: Secret("0123456789abcd+="), cookie: "posed_token", isEncrypted: true)
        let answer = try #require(try access.welcome(request("/?token=0123456789abcd%2B%3D", "Host: a")))
        #expect(answer.headers.contains { $0.name == "Set-Cookie" && $0.value.hasSuffix("; Secure") })
    }

    @Test func whoHasShownACertificateNeedsNeitherTokenNorThisMachinesName() throws {
        let access = WebAccess(token: nil, cookie: "posed_token", isEncrypted: true, knowsClients: true)
        #expect(try access.refusal(of: request("/", "Host: camera-pc:8443")) == nil)
        #expect(try access.refusal(of: request("/", "Host: camera-pc:8443", "Origin: https://evil.example"))?.status == 403)
    }

    @Test func tokensAreReadFromFilesAndMustBeLong() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("0123456789abcdef\n".utf8).write(to: file)
        #expect(try WebAccess.token(path: file.path).reveal() == "0123456789abcdef")
        for text in ["", "short\n", "with a space in it", "ümläute-sind-hier"] {
            try Data(text.utf8).write(to: file)
            #expect(throws: PosedError.self, "\(text)") { try WebAccess.token(path: file.path) }
        }
        #expect(throws: PosedError.self) { try WebAccess.token(path: file.path + ".missing") }
    }
}
