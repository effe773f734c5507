import Basics
import Daemon
import Foundation
import Logging
import Settings
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings

/// A log that ends in a pipe.
private struct PipedLog {
    let pipe = Pipe()
    let output: LogOutput

    init(_ format: LogFormat, interval: Duration = .seconds(60)) {
        output = LogOutput(format: format, descriptor: pipe.fileHandleForWriting.fileDescriptor, interval: interval)
    }

    var logger: Logger { Logger(label: "test") { _ in LogHandlerToOutput(output, level: .info) } }

    /// Everything that was logged; the log is over then.
    func lines() throws -> [String] {
        output.flush()
        try pipe.fileHandleForWriting.close()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

private struct Trouble: Error, CustomStringConvertible { let description: String }

@Suite struct LogTests {
    @Test func aLineForPeople() throws {
        let log = PipedLog(.plain)
        var logger = log.logger
        logger[metadataKey: "pipeline"] = "gym1"
        logger.warning("no pictures", metadata: ["seconds": "5.0", "attempt": "3"])
        logger.debug("not shown")
        let line = try #require(try log.lines().first)
        #expect(
            line.wholeMatch(of: /\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z warning gym1: no pictures \(attempt=3, seconds=5\.0\)/) != nil)
    }

    @Test func aLineForMachines() throws {
        for (format, prefix) in [(LogFormat.json, ""), (.journal, "<3>")] {
            let log = PipedLog(format)
            let trouble = Trouble(description: "a \"bad\" thing\nhappened")
            log.logger.error("cannot go on", error: trouble, metadata: ["pipeline": "gym1", "level": "mine"])
            let line = try #require(try log.lines().first)
            #expect(line.hasPrefix(prefix + "{"))
            let object = try JSONDecoder().decode([String: String].self, from: Data(line.dropFirst(prefix.count).utf8))
            #expect(object["error"] == trouble.description && object["level"] == "error" && object["pipeline"] == "gym1")
            #expect(object["message"] == "cannot go on" && object["t"]?.hasSuffix("Z") == true)
        }
    }

    @Test func noPasswordLeavesByAnyWay() throws {
        for format in [LogFormat.plain, .json, .journal] {
            let log = PipedLog(format)
            let address = "rtsp://first.last:geheim@[fe80::1%25eth0]:554/a"
            var logger = log.logger
            logger[metadataKey: "source"] = "\(address)"
            logger.error("cannot open \(address), again", metadata: ["list": ["\(address)"], "deep": ["url": "\(address)"]])
            logger.error("failed", error: Trouble(description: "401 from \(address)"))
            let text = try log.lines().joined()
            #expect(!text.contains("geheim") && !text.contains("first.last") && text.contains("[fe80::1%25eth0]:554/a"))
        }
    }

    @Test func theSameEventIsCounted() throws {
        let log = PipedLog(.json)
        for count in 1...1000 { log.logger.warning("dropped", metadata: ["pipeline": "gym1", "frames": "\(count)"]) }
        log.logger.warning("dropped", metadata: ["pipeline": "gym2"])
        let lines = try log.lines()
        #expect(lines.count == 3)
        #expect(lines[0].contains(#""frames":"1""#) && !lines[0].contains("repeated"))
        #expect(lines[1].contains("gym2"))
        #expect(lines[2].contains(#""frames":"1000","pipeline":"gym1","repeated":999}"#))
    }

    @Test func whatIsHeldBackComesByItself() throws {
        let log = PipedLog(.json, interval: .milliseconds(50))
        for _ in 1...3 { log.logger.warning("dropped") }
        let reading = log.pipe.fileHandleForReading
        var text = ""
        while !text.contains("repeated") { text += String(decoding: reading.availableData, as: UTF8.self) }
        #expect(text.split(separator: "\n").count == 2 && text.contains(#""repeated":2}"#))
        #expect(try log.lines().isEmpty)
    }

    @Test func aCameraDoesNotSteerTheTerminal() throws {
        let log = PipedLog(.plain)
        log.logger.info("server says \u{1B}[2Jhello\nworld\u{9B}")
        #expect(try log.lines().first?.hasSuffix(#"info server says \u{1B}[2Jhello\nworld\u{009B}"#) == true)
    }

    @Test func theFormatFitsWhoeverReads() throws {
        var status = stat()
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        #expect(fstat(descriptor, &status) == 0)
        let journal = "\(status.st_dev):\(status.st_ino)"
        #expect(LogFormat.fitting(["JOURNAL_STREAM": journal, "INVOCATION_ID": "1"], descriptor: descriptor) == .journal)
        #expect(LogFormat.fitting(["JOURNAL_STREAM": "1:2", "INVOCATION_ID": "1"], descriptor: descriptor) == .json)
        #expect(LogFormat.fitting([:], descriptor: descriptor) == .plain)
    }
}

@Suite struct RedactedTextTests {
    @Test(arguments: [
        ("nothing to hide, mail me@b.c", "nothing to hide, mail me@b.c"),
        ("cannot open rtsp://u:p@h/x: 401", "cannot open rtsp://***@h/x: 401"),
        ("[rtsp://first.last:p@ss%40@[::1]:554/x]", "[rtsp://***@[::1]:554/x]"),
        ("url=\"http://u:p@h/x?token=1\"", "url=\"http://***@h/x?token=***"),
        ("a rtsp://u:p@h/1 b\n\trtsp://v:q@i/2", "a rtsp://***@h/1 b\n\trtsp://***@i/2"),
        ("rtsp://a:b@c/1,rtsp://d:e@f/2", "rtsp://***@f/2"),
        ("rtsp://u:p://x@h/1", "rtsp://***@h/1"),
        ("x://", "x://"), ("://u:p@h", "://u:p@h"), ("", ""),
    ])
    func everyAddressIsRedacted(text: String, expected: String) { #expect(redacted(text: text) == expected) }
}

@Suite struct RepeatLimiterTests {
    @Test func lessAndLessOftenWithACount() {
        var limiter = RepeatLimiter<String, Int>(longest: .seconds(4))
        let start = ContinuousClock.now
        var said: [String] = []
        var wakes: [ContinuousClock.Instant] = []
        // Twenty events a second for 20 seconds, then silence, then one.
        for number in 0..<400 {
            let now = start + .milliseconds(50 * number)
            for wake in wakes where wake <= now {
                if let (last, count) = limiter.due("a", at: wake) { said.append("\(last) x\(count)") }
            }
            wakes.removeAll { $0 <= now }
            switch limiter.judge("a", number, at: now) {
            case .pass: said.append("\(number)")
            case .hold(let until): wakes.append(until)
            case .count: break
            }
        }
        #expect(said == ["0", "19 x19", "59 x40", "139 x80", "219 x80", "299 x80", "379 x80"])
        #expect(limiter.rest(at: start + .seconds(20)).map(\.count) == [20])
        if case .pass = limiter.judge("a", 400, at: start + .seconds(30)) {} else { Issue.record("held back after a silence") }
    }
}
