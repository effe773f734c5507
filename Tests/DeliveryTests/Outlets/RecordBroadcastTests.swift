import Synchronization
import Testing

@testable import Delivery

extension RecordBacklog {
    /// Everything that is there, as text.
    mutating func drain() -> String {
        var lines: [UInt8] = []
        while let next = next() { lines += next }
        return text(lines)
    }
    mutating func append(header: String) { append(header: Array(header.utf8)) }
    mutating func append(records: String) { append(records: Array(records.utf8)) }
}

private func lost(_ records: Int) -> String { text(RecordEncoder.lost(records: records)) }

@Suite struct RecordBacklogTests {
    var backlog = RecordBacklog(capacity: 2)

    @Test mutating func whoKeepsUpLosesNothing() {
        backlog.append(header: "h\n")
        for number in 1...5 {
            backlog.append(records: "\(number)\n")
            #expect(backlog.drain() == (number == 1 ? "h\n" : "") + "\(number)\n")
        }
        #expect(backlog.lostInAll == 0)
    }

    @Test mutating func theOldestMakeWayAndAreCountedWhereTheyWere() {
        backlog.append(header: "h\n")
        for number in 1...5 { backlog.append(records: "start \(number)\n\(number)\n") }
        #expect(backlog.drain() == "h\n" + lost(6) + "start 4\n4\nstart 5\n5\n")
        backlog.append(records: "6\n")
        #expect(backlog.drain() == "6\n")
        #expect(backlog.lostInAll == 6)
    }

    @Test mutating func aHeaderIsNotLostAndComesBeforeItsRecords() {
        backlog.append(records: "1\n")
        backlog.append(header: "h2\n")
        backlog.append(records: "2\n")
        backlog.append(records: "3\n")
        #expect(backlog.drain() == "h2\n" + lost(1) + "2\n3\n")
    }

    @Test mutating func headersWithNothingBetweenThemBecomeOne() {
        for number in 1...1000 {
            backlog.append(header: "h\(number)\n")
            if number % 2 == 0 { backlog.append(records: "\(number)\n") }
        }
        #expect(backlog.drain() == "h998\n" + lost(498) + "998\nh1000\n1000\n")
    }
}

@Suite struct RecordBroadcastTests {
    let broadcast = RecordBroadcast(capacity: 3)

    func drain(_ subscription: RecordSubscription) -> String {
        var lines: [UInt8] = []
        while let next = subscription.next() { lines += next }
        return text(lines)
    }

    @Test func everySubscriberGetsTheCurrentHeaderFirst() {
        let early = broadcast.subscribe {}
        broadcast.header(Array("h1\n".utf8))
        broadcast.records(Array("1\n".utf8))
        broadcast.header(Array("h2\n".utf8))
        let late = broadcast.subscribe {}
        broadcast.records(Array("2\n".utf8))
        #expect(drain(early) == "h1\n1\nh2\n2\n")
        #expect(drain(late) == "h2\n2\n")
    }

    @Test func oneThatDoesNotReadHarmsNobody() {
        broadcast.header(Array("h\n".utf8))
        let slow = broadcast.subscribe {}
        let quick = broadcast.subscribe {}
        var read = ""
        for number in 1...10_000 {
            broadcast.records(Array("\(number)\n".utf8))
            read += drain(quick)
        }
        #expect(read == "h\n" + (1...10_000).map { "\($0)\n" }.joined())
        #expect(drain(slow) == "h\n" + lost(9997) + "9998\n9999\n10000\n")
        #expect((slow.lost, quick.lost) == (9997, 0))
    }

    @Test func whoLeftGetsNothing() {
        let subscription = broadcast.subscribe {}
        broadcast.records(Array("1\n".utf8))
        broadcast.cancel(subscription)
        broadcast.records(Array("2\n".utf8))
        #expect(drain(subscription) == "1\n")
        #expect(broadcast.subscribers == 0)
    }

    @Test func readinessIsToldOnceForEveryEmptyQueue() {
        let calls = Mutex(0)
        let subscription = broadcast.subscribe { calls.withLock { $0 += 1 } }
        for number in [1, 2, 3] {
            for line in ["a\n", "b\n"] { broadcast.records(Array(line.utf8)) }
            #expect(calls.withLock { $0 } == number)
            #expect(drain(subscription) == "a\nb\n")
        }
    }
}
