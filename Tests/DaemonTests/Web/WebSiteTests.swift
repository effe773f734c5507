import Daemon
import Delivery
import Foundation
import Media
import PoseTypes
import TestSupport
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings
@testable import Web

/// What is served, over real connections.
@Suite(.timeLimit(.minutes(2))) struct WebSiteTests {
    let board = StreamBoard()
    let channel: StreamChannel
    let server: WebServer

    init() throws {
        channel = board.channel(of: "gym")
        channel.begin(StreamStatus(name: "gym"))
        let site = WebSite(board: board, access: WebAccess(token: nil, cookie: "posed_token"))
        server = try WebServer(at: WebAddress("127.0.0.1:0")) { site.respond(to: $0) }
        site.show(countsOf: server)
    }

    private func get(_ path: String, _ more: String = "") throws -> String {
        let client = try WebClient(port: server.port)
        client.get(path, "Connection: close\r\n\(more)")
        return client.read()
    }

    private func publish(_ text: String) { channel.records.records(Array(text.utf8)) }

    @Test func healthAndReadinessAreTold() throws {
        #expect(try get("/healthz").hasPrefix("HTTP/1.1 200 "))
        #expect(try get("/readyz").hasPrefix("HTTP/1.1 503 "))
        board.ready()
        #expect(try get("/readyz").hasPrefix("HTTP/1.1 200 "))
    }

    @Test func whatIsNotThereIsNotFound() throws {
        for path in [
            "/streams/nobody/poses", "/streams/gym", "/streams/gym/poses/more", "/../../etc/passwd", "/%2e%2e/Package.swift",
            "/page",
            "/index.html/", "//", "/streams/", "/streams/..%2fgym/poses",
        ] { #expect(try get(path).hasPrefix("HTTP/1.1 404 "), "\(path)") }
    }

    @Test func streamsAreListed() throws {
        let answer = try get("/streams")
        let body = try #require(answer.firstRange(of: "\r\n\r\n")).upperBound
        let list = try #require(try JSONSerialization.jsonObject(with: Data(answer[body...].utf8)) as? [String: Any])
        let stream = try #require((list["streams"] as? [[String: Any]])?.first)
        #expect(stream["name"] as? String == "gym" && stream["state"] as? String == "connecting")
        #expect(stream["frames"] as? Int == 0 && stream["preview"] as? Bool == true)
    }

    @Test func everyAnswerForbidsWhatABrowserNeedNotDo() throws {
        for path in ["/", "/streams", "/nothing", "/page.js"] {
            let answer = try get(path)
            for header in [
                "Content-Security-Policy: default-src 'none'; script-src 'self';", "X-Content-Type-Options: nosniff",
                "Cross-Origin-Resource-Policy: same-origin",
            ] { #expect(answer.contains(header), "\(path)") }
            #expect(!answer.contains("Access-Control-Allow-Origin"))
        }
    }

    /// The policy forbids what lies elsewhere, and whatever is written into the page.
    @Test func thePageNeedsNothingFromElsewhere() throws {
        let page = try get("/")
        #expect(page.contains("Content-Type: text/html; charset=utf-8"))
        #expect(!page.contains("style=") && !page.contains("onclick") && !page.contains("<script>") && !page.contains("<style"))
        for match in page.matches(of: /(?:src|href)="([^"]+)"/) {
            #expect(try get("/\(match.1)").hasPrefix("HTTP/1.1 200 "), "\(match.1)")
        }
        for name in ["page.js", "card.js", "curve.js", "skeleton.js", "socket.js"] {
            let script = try get("/\(name)")
            #expect(script.contains("Content-Type: text/javascript"))
            for match in script.matches(of: /from "\.\/([^"]+)"/) { #expect(try get("/\(match.1)").hasPrefix("HTTP/1.1 200 ")) }
        }
    }

    @Test func eventsBeginWithTheHeaderAndGoOnWhereTheyWere() async throws {
        channel.records.header(Array("{\"h\":1}\n".utf8))
        let client = try WebClient(port: server.port)
        client.get("/streams/gym/poses")
        #expect(client.read(until: #"data: {"h":1}"# + "\n\n").contains("Content-Type: text/event-stream"))
        publish("{\"track\":1}\n{\"frame\":1}\n")
        let events = client.read(until: #"{"frame":1}"# + "\n\n")
        let match = try #require(events.wholeMatch(of: /data: {"track":1}\n\nid: (\S+)\ndata: {"frame":1}\n\n/))
        for number in 2...4 { publish("{\"frame\":\(number)}\n") }
        let again = try WebClient(port: server.port)
        again.get("/streams/gym/poses", "Last-Event-ID: \(match.1)\r\n")
        let rest = again.read(until: #"{"frame":4}"# + "\n\n")
        #expect(
            [#"{"h":1}"#, #"{"frame":2}"#, #"{"frame":3}"#].allSatisfy { rest.contains($0) } && !rest.contains(#"{"frame":1}"#))
        for number in 5...1000 { publish("{\"frame\":\(number)}\n") }
        let late = try WebClient(port: server.port)
        late.get("/streams/gym/poses", "Last-Event-ID: \(match.1)\r\n")
        #expect(late.read(until: #"{"frame":1000}"# + "\n\n").contains(#"data: {"type":"lost","records":743}"# + "\n\nid: "))
    }

    @Test func aSocketGivesALineAMessageUntilTheStreamIsGone() throws {
        channel.records.header(Array("{\"h\":1}\n".utf8))
        let client = try WebClient(port: server.port)
        client.upgrade("/streams/gym/poses")
        #expect(client.read(until: "{\"h\":1}").contains("HTTP/1.1 101 "))
        publish("{\"track\":1}\n{\"frame\":1}\n")
        for text in [#"{"track":1}"#, #"{"frame":1}"#] {
            let message = try #require(client.message())
            #expect(message == (1, Array(text.utf8)))
        }
        board.keep([])
        #expect(try #require(client.message()) == (8, [3, 232]))
        #expect(try get("/streams/gym/poses").hasPrefix("HTTP/1.1 404 "))
    }

    @Test func twoHundredWhoSleepAreEachToldWhatTheyLost() throws {
        channel.records.header(Array("{\"h\":1}\n".utf8))
        let clients = try (0..<200).map { _ in try WebClient(port: server.port, window: 2048) }
        for client in clients {
            client.upgrade("/streams/gym/poses")
            #expect(client.read(until: "{\"h\":1}").contains("101"))
        }
        let filling = String(repeating: ".", count: 4000)
        let start = ContinuousClock.now
        for number in 1...2000 { publish("{\"frame\":\(number),\"x\":\"\(filling)\"}\n") }
        // Nobody was waited for: 200 of them would not have taken 1.6 GB so fast.
        #expect(ContinuousClock.now - start < .seconds(20))
        for client in clients {
            var (frames, lost, last) = (0, 0, 0)
            while last < 2000, let message = client.message() {
                let text = String(decoding: message.payload, as: UTF8.self)
                if let match = text.firstMatch(of: /^{"frame":(\d+),/) {
                    (frames, last) = (frames + 1, try #require(Int(match.1)))
                } else if let match = text.wholeMatch(of: /{"type":"lost","records":(\d+)}/) {
                    lost += try #require(Int(match.1))
                }
            }
            #expect(lost > 0 && frames + lost == 2000)
        }
    }

    @Test func clientsStayWhenAStreamBeginsAnew() {
        #expect(board.channel(of: "gym") === channel)
        board.keep(["gym"])
        #expect(board["gym"] === channel)
    }

    @Test func withoutPixelsThereIsNoPicture() throws {
        let board = StreamBoard(showsPixels: false)
        #expect(board.channel(of: "gym").preview == nil)
        let site = WebSite(board: board, access: WebAccess(token: nil, cookie: "c"))
        let request = try WebRequest(
            method: "GET", target: "/streams/gym/preview", isCurrent: true, keepsAlive: true, headers: [("Host", "localhost")])
        #expect(site.respond(to: request).status == 404)
        #expect(StreamList(board).streams.map(\.preview) == [false])
    }
}
