import Records
import Synchronization
import TestSupport
import Testing

@testable import Delivery

extension RecordReading {
    /// Everything that is there, as text, and where the reader is then.
    fileprivate func drain() -> (text: String, position: RecordHistory.Position?) {
        var (lines, last): ([UInt8], RecordHistory.Position?) = ([], nil)
        while case .lines(let more, _, let position) = next() {
            lines += more
            last = position ?? last
        }
        return (text(lines), last)
    }
}

extension RecordHistory {
    fileprivate func records(_ text: String) { records(Array(text.utf8)) }
    fileprivate func header(_ text: String) { header(Array(text.utf8)) }
}

private func lost(_ records: Int) -> String { text(RecordEncoder.lost(records: records)) }

@Suite struct RecordHistoryTests {
    let history = RecordHistory(capacity: 3)

    @Test func aReaderGetsTheHeaderAndWhatComesFromThenOn() {
        history.header("h\n")
        history.records("1\n")
        let reader = history.read {}
        history.records("2\n")
        #expect(reader.drain().text == "h\n2\n")
        #expect(reader.next() == .nothing)
        history.records("3\n")
        #expect(reader.drain().text == "3\n")
    }

    @Test func whoIsTooSlowIsToldWhatItLostAndWhere() {
        history.header("h\n")
        let reader = history.read {}
        for number in 1...10 { history.records("start \(number)\n\(number)\n") }
        #expect(reader.drain().text == "h\n" + lost(14) + "start 8\n8\nstart 9\n9\nstart 10\n10\n")
    }

    @Test func oneThatDoesNotReadHarmsNobody() {
        history.header("h\n")
        let slow = history.read {}
        let quick = history.read {}
        var read = ""
        for number in 1...10_000 {
            history.records("\(number)\n")
            read += quick.drain().text
        }
        #expect(read == "h\n" + (1...10_000).map { "\($0)\n" }.joined())
        #expect((slow.lost, quick.lost) == (9997, 0), "also before it reads on")
        #expect(slow.drain().text == "h\n" + lost(9997) + "9998\n9999\n10000\n")
        #expect((slow.lost, quick.lost) == (9997, 0))
        #expect(slow.isUpToDate && quick.isUpToDate)
    }

    @Test func headersWithNothingBetweenThemBecomeOne() {
        let reader = history.read {}
        for number in 1...1000 {
            history.header("h\(number)\n")
            if number % 2 == 0 { history.records("\(number)\n") }
        }
        #expect(reader.drain().text == "h996\n" + lost(497) + "996\nh998\n998\nh1000\n1000\n")
    }

    @Test func everyRecordComesBehindItsOwnHeader() {
        history.header("h1\n")
        let reader = history.read {}
        history.records("1\n")
        history.header("h2\n")
        history.records("2\n")
        #expect(reader.drain().text == "h1\n1\nh2\n2\n")
        let late = history.read {}
        for number in 3...7 { history.records("\(number)\n") }
        history.header("h3\n")
        #expect(late.drain().text == "h2\n" + lost(2) + "5\n6\n7\nh3\n")
    }

    @Test func whoComesBackGoesOnWhereItWas() throws {
        history.header("h\n")
        let first = history.read {}
        history.records("1\n")
        history.records("2a\n2b\n")
        let position = try #require(first.drain().position)
        let text = position.description
        history.records("3\n")
        history.records("4\n")
        #expect(history.read(after: RecordHistory.Position(text)) {}.drain().text == "h\n3\n4\n")
        for number in 5...9 { history.records("\(number)\n") }
        #expect(history.read(after: RecordHistory.Position(text)) {}.drain().text == "h\n" + lost(4) + "7\n8\n9\n")
    }

    @Test func positionsOfOthersAreOfNoUse() {
        history.header("h\n")
        for number in 1...3 { history.records("\(number)\n") }
        for text in ["", "1", "x-", "x--1", "a-b-c", "other-1"] {
            #expect(history.read(after: RecordHistory.Position(text)) {}.drain().text == "h\n", "\(text)")
        }
        let ahead = RecordHistory.Position(history: "other", lines: 99)
        #expect(history.read(after: ahead) {}.drain().text == "h\n")
    }

    @Test func whoWaitsIsWokenOnce() {
        let woken = Mutex(0)
        let reader = history.read { woken.withLock { $0 += 1 } }
        history.header("h\n")
        history.records("1\n")
        #expect(woken.withLock { $0 } == 1)
        _ = reader.drain()
        history.records("2\n")
        history.records("3\n")
        #expect(woken.withLock { $0 } == 2)
        history.end()
        #expect(reader.drain().text == "2\n3\n")
        #expect(reader.next() == .end)
    }

    @Test func whoIsGoneCostsNothing() {
        do {
            let reader = history.read {}
            #expect(history.readers == 1)
            withExtendedLifetime(reader) {}
        }
        #expect(history.readers == 0)
    }
}
