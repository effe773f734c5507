import Foundation
import Subprocess
import TestSupport
import Testing

/// The live page in Chromium.
@Suite(.timeLimit(.minutes(10)), .serialized) struct WebPageTests {
    let workshop: Workshop
    let browser: Browser
    let port = Camera.freePort()

    init() async throws {
        workshop = try Workshop()
        browser = try Browser()
        try await workshop.makeWalk("walk.mp4")
        try workshop.write(
            "name: walk\nsource: {file: walk.mp4, loop: true, realtime: true}\nsinks: [{file: walk.jsonl}]\n", to: "walk.yaml")
    }

    private func serve(_ more: String..., meanwhile: @escaping @Sendable () async throws -> Void) async throws {
        let arguments = ["run", "walk.yaml", "--pid-file", "pid", "--http", "127.0.0.1:\(port)"] + more
        let outcome = try await workshop.posed(arguments) { process in
            try await workshop.wait { (try? WebClient(port: port)) != nil }
            try await meanwhile()
            try process.send(signal: .terminate)
        }
        #expect(outcome.status == .exited(0))
    }

    /// Points of the picture that have a colour of the skeletons, and a place that moves with them.
    private func skeleton() throws -> (points: Int, middle: Int) {
        let text: String = try browser.evaluate(
            """
            (() => {
                const stage = document.querySelector(".stage");
                const { data } = stage.getContext("2d").getImageData(0, 0, stage.width, stage.height);
                let [points, sum] = [0, 0];
                for (let i = 0; i < data.length; i += 4) {
                    const isSkeleton = data[i] === 255 && data[i + 1] === 209 && data[i + 2] === 102
                        || data[i] === 255 && data[i + 1] === 93 && data[i + 2] === 143;
                    if (isSkeleton) { points++; sum += (i / 4) % stage.width; }
                }
                return `${points} ${Math.round(sum / Math.max(points, 1))}`;
            })()
            """)
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        return (numbers[0], numbers[1])
    }

    private func seeSkeletonsMove() async throws {
        try await browser.wait(for: "document.querySelector('.card.seen .people')?.textContent > 0")
        var middles: Set<Int> = []
        try await workshop.wait {
            let (points, middle) = try skeleton()
            if points > 100 { middles.insert(middle) }
            return middles.count >= 3
        }
    }

    @Test func itShowsMovingSkeletonsAndComesBackWithTheDaemon() async throws {
        try await serve {
            try browser.look(width: 1100, height: 900, dark: false)
            try browser.open("http://127.0.0.1:\(port)/")
            try await seeSkeletonsMove()
            try await browser.wait(for: "document.querySelector('.rate').textContent > 0")
            try await browser.wait(for: "document.querySelector('output').textContent.endsWith('°')")
            #expect(try browser.evaluate("document.getElementById('summary').textContent") == "1 stream, 1 live")
            // A telephone: nothing sticks out.
            try browser.look(width: 360, height: 740, dark: true)
            #expect(try browser.evaluate("document.documentElement.scrollWidth <= 360", as: Bool.self))
            #expect(try browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 19, 25)")
            #expect(try browser.errors() == [])
        }
        try await browser.wait(for: "document.getElementById('summary').classList.contains('bad')")
        try await serve {
            try await browser.wait(for: "document.getElementById('summary').textContent === '1 stream, 1 live'")
            try await browser.wait(for: "document.querySelector('.rate').textContent > 0")
            // While the daemon was away, Chromium said so.
            _ = try browser.errors()
            try await seeSkeletonsMove()
            #expect(try browser.errors() == [])
        }
    }

    @Test func withoutPixelsItDrawsOnBlack() async throws {
        try await serve("--no-pixels") {
            try browser.open("http://127.0.0.1:\(port)/")
            try await seeSkeletonsMove()
            let corner = "document.querySelector('.stage').getContext('2d').getImageData(2, 2, 1, 1).data[3]"
            #expect(try browser.evaluate(corner, as: Int.self) == 0)
            #expect(try browser.errors() == [])
        }
    }

    @Test func overTLSItIsTheSame() async throws {
        let certificates = try Certificates(in: workshop.folder)
        let browser = try Browser(trusting: certificates.authority)
        try workshop.write("0123456789abcdef\n", to: "token")
        try await serve(
            "--http-cert", certificates.certificate, "--http-key", certificates.key, "--http-token-file", "token"
        ) {
            try browser.open("https://localhost:\(port)/?token=0123456789abcdef")
            try await browser.wait(for: "document.querySelector('.card.seen .people')?.textContent > 0")
            try await browser.wait(for: "document.querySelector('.rate').textContent > 0")
            #expect(try browser.evaluate("location.href") == "https://localhost:\(port)/")
            #expect(try browser.evaluate("isSecureContext", as: Bool.self))
            #expect(try browser.errors() == [])
        }
    }
}
