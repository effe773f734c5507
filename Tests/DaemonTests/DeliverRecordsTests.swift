import Basics
import Daemon
import Delivery
import Foundation
import Logging
import Media
import PoseTypes
import Records
import Settings
import Synchronization
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings

/// Keeps the lines it is given, and fails when told to.
private final class Shelf: RecordSink {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func header(_ line: [UInt8]) throws(DeliveryError) { try take(line) }
    func records(_ lines: [UInt8]) throws(DeliveryError) { try take(lines) }
    func finish() throws(DeliveryError) { desk.finished += 1 }

    func people(_ count: Int) { desk.people.append(count) }
    var lost: Int { desk.lost }

    private func take(_ lines: [UInt8]) throws(DeliveryError) {
        if let failure = desk.failure { throw failure }
        desk.lines += String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// What outlives each of the shelves.
private final class Desk {
    var failure: DeliveryError?
    var lines: [String] = []
    var opened = 0
    var finished = 0
    var people: [Int] = []
    var lost = 0

    /// The kinds of the lines, a letter each: Header, Frame, Track, Gap, Lost.
    var kinds: String {
        lines.map { line in
            for kind in ["header", "frame", "track", "gap", "lost"] where line.hasPrefix(#"{"type":"\#(kind)""#) {
                return String(kind.first!)
            }
            return "?"
        }.joined()
    }
}

@Suite struct DeliverRecordsTests {
    private let desk = Desk()
    private let report = SinkReport(name: "shelf")
    private let header = StreamHeader(
        stream: "s", session: "01J", skeleton: .coco17, detector: nil, pose: .init(id: "p"),
        source: .init(uri: "u", width: 8, height: 8, codec: "h264"), version: "0")

    private func sink(onFailure: DeliverRecords.Failure = .retry, wait: Duration = .zero) throws -> DeliverRecords {
        try DeliverRecords(
            report: report, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onFailure: onFailure,
            backOff: BackOff(first: wait, longest: wait)
        ) { [desk] in
            desk.opened += 1
            return Shelf(desk)
        }
    }

    private func item(
        _ number: Int, header headerNumber: Int = 0, gap: GapRecord? = nil, people: [Person] = [], capture: Capture? = nil
    ) -> StreamItem {
        let time = Timestamp(seconds: Double(number))
        return StreamItem(
            number: number, header: header, headerNumber: headerNumber, gap: gap,
            frame: FrameWithPoses(image: nil, poses: PoseFrame(index: number, time: time, people: people, capture: capture)))
    }

    @Test func anOutletIsOpenBeforeTheFirstRecordAndClosedWithoutOne() throws {
        var sink = try sink()
        #expect(desk.opened == 1)
        try sink.finish()
        #expect((desk.kinds, desk.finished) == ("", 1))
    }

    @Test func theHeaderComesFirstAndAgainWhenItChanges() throws {
        var sink = try sink()
        try sink.receive(item(0))
        try sink.receive(item(1))
        try sink.receive(item(2, header: 1, gap: GapRecord(from: .zero, to: Timestamp(seconds: 2), reason: "reconnect")))
        #expect(desk.kinds == "hffhgf")
    }

    @Test func itemsThatTheQueueDroppedAreCounted() throws {
        var sink = try sink()
        try sink.receive(item(0))
        try sink.receive(item(5))
        #expect(desk.kinds == "hflf")
        #expect(desk.lines[2] == #"{"type":"lost","records":4}"#)
        #expect(report.counts == .init(records: 2, lost: 4, failures: 0))
    }

    @Test func aFailingOutletIsOpenedAnewAndToldWhatItMissed() throws {
        var sink = try sink()
        try sink.receive(item(0))
        desk.failure = .diskFull(path: "shelf")
        for number in 1...3 { try sink.receive(item(number)) }
        desk.failure = nil
        try sink.receive(item(4))
        try sink.finish()
        #expect(desk.kinds == "hfhlf")
        #expect(desk.lines[3] == #"{"type":"lost","records":3}"#)
        #expect(report.counts == .init(records: 2, lost: 3, failures: 3))
        #expect(desk.opened == 4)
        #expect(desk.finished == 1)
    }

    @Test func anOutletIsNotOpenedBeforeItsTime() throws {
        var sink = try sink(wait: .seconds(3600))
        desk.failure = .diskFull(path: "shelf")
        for number in 0...9 { try sink.receive(item(number)) }
        #expect(desk.opened == 1)
        #expect(report.counts == .init(records: 0, lost: 10, failures: 1))
    }

    @Test func whatIsNotRetriedEndsThePipeline() throws {
        var sink = try sink(onFailure: .end)
        desk.failure = .diskFull(path: "shelf")
        #expect(throws: DeliveryError.diskFull(path: "shelf")) { try sink.receive(item(0)) }
    }

    @Test func aReaderThatHasGoneEndsThePipelineThatHasNoOther() throws {
        var sink = try sink(onFailure: .retryUntilReaderGoes)
        desk.failure = .diskFull(path: "shelf")
        try sink.receive(item(0))
        desk.failure = .readerGone(path: "shelf")
        #expect(throws: DeliveryError.readerGone(path: "shelf")) { try sink.receive(item(1)) }
    }

    @Test func everybodyWhoIsThereAtTheEndHasAnEnd() throws {
        var sink = try sink()
        let pose = Pose(keypoints: Skeleton.coco17.joints.map { _ in Keypoint(x: 1, y: 1, score: 1) })
        let box = BoundingBox(x: 0, y: 0, width: 4, height: 8)
        let person = Person(box: box, score: 1, pose: pose, track: Track(id: TrackID(3), firstSeen: .zero))
        try sink.receive(item(0, people: [person]))
        try sink.finish()
        #expect(desk.kinds == "hft")
        #expect(desk.lines[2].contains(#""event":"end","id":3"#))
    }

    @Test func whatTheOutletLosesIsCountedToo() throws {
        var sink = try sink()
        try sink.receive(item(0))
        desk.lost = 3
        try sink.receive(item(1))
        try sink.receive(item(2))
        #expect(report.counts == .init(records: 3, lost: 3, failures: 0))
        #expect(desk.people == [0, 0, 0])
    }

    @Test func liveFramesSayHowLateTheyAre() throws {
        var sink = try sink()
        let taken = Int64((Date().timeIntervalSince1970 - 0.25) * 1e9)
        try sink.receive(item(0, capture: Capture(unixNanoseconds: taken, clock: .arrival, error: 0.5)))
        let late = try #require(desk.lines[1].firstMatch(of: /"lat_ms":([0-9.]+)/).flatMap { Double($0.1) })
        #expect(late >= 250 && late < 60_000)
    }
}
