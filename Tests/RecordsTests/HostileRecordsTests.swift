import Basics
import Drawing
import PoseTypes
import TestSupport
import Testing

@testable import Records

@Suite struct HostileRecordsTests {
    /// What a hostile file may hold in the place of a number, or anywhere.
    static let pieces = [
        "null", "-1", "1e38", "-1e38", "1e308", "9223372036854775807", "-9223372036854775808", "1e-45", "[]", "[[]]", "{}",
        "\"\"", "\"m\"", "true", "0", ",", "]", "}", "\\u0000", "é", "1.5",
    ]

    /// Streams with a piece of one line replaced end in an error or in records that everything behind can take.
    @Test func whateverCanBeReadCanBeDrawnWrittenAndExported() throws {
        var generator = SeededGenerator(seed: 7)
        let encoder = RecordEncoder(Example.header)
        let births = [TrackEvent(kind: .start, id: TrackID(7), time: .zero)]
        let lines = [
            encoder.headerLine(), encoder.frame(Example.followed(events: births)), encoder.frame(Example.frame(people: 2)),
        ]
        var read = 0
        for _ in 0..<1500 {
            var stream = text(lines.flatMap { $0 })
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                // Numbers are what does most harm: go on from the place until one begins.
                var from = stream.index(stream.startIndex, offsetBy: Int.random(in: 0..<stream.count, using: &generator))
                if Bool.random(using: &generator) { from = stream[from...].firstIndex { $0.isNumber || $0 == "-" } ?? from }
                let to = stream[from...].firstIndex { !$0.isNumber && !".-".contains($0) } ?? stream.endIndex
                stream.replaceSubrange(from..<to, with: Self.pieces.randomElement(using: &generator)!)
            }
            read += use(Array(stream.utf8))
        }
        #expect(read > 150)
    }

    /// How many frames could be read.
    private func use(_ stream: [UInt8]) -> Int {
        guard var recording = try? Recording(RecordReader(bytes: stream, name: "hostile")) else { return 0 }
        var count = 0
        for session in recording.sessions {
            let skeleton = session.headers[0].skeleton
            var painter = OverlayPainter(skeleton: skeleton, trail: 1)
            var image = Image(width: 40, height: 30)
            for entry in session.entries {
                guard let frame = try? recording.frame(at: entry) else { continue }
                painter.paint(frame, into: &image)
                painter.paint(frame.people, into: &image)
                var again = RecordReader(
                    bytes: RecordEncoder(session.headers[0]).headerLine() + RecordEncoder(session.headers[0]).frame(frame),
                    name: "again")
                #expect((try? again.next()) != nil && (try? again.next()) != nil)
                let moved = frame.people.map { $0.track?.joints.map { _ in SmoothedKeypoint.missing } ?? [] }
                var edited = RecordReader(
                    bytes: RecordEncoder(session.headers[0]).headerLine()
                        + JointEdit(RecordEncoder(session.headers[0]).frame(frame))(moved), name: "edited")
                #expect((try? edited.next()) != nil && (try? edited.next()) != nil)
                _ = (JointTable.lines(of: frame, skeleton: skeleton), MOTResults.lines(of: frame))
                count += 1
            }
        }
        return count
    }
}

/// Whatever times a stream has, what is written of them can be read.
@Suite struct RecordTimeTests {
    private static let times: [Int64] = [
        .min, .min + 1, -(1 << 62), -(1 << 61) - 1, -(1 << 61), 1 - (1 << 61), -1, 0, (1 << 61) - 1, 1 << 61, (1 << 61) + 1,
        1 << 62, .max,
    ]

    @Test(arguments: times, times)
    func whatIsWrittenIsRead(time: Int64, other: Int64) throws {
        var frame = Example.followed(events: [TrackEvent(kind: .start, id: TrackID(7), time: Timestamp(nanoseconds: other))])
        let track = Track(id: TrackID(7), firstSeen: Timestamp(nanoseconds: other), joints: frame.people[0].track?.joints ?? [])
        frame.people[0].track = track
        let late = PoseFrame(
            index: frame.index, time: Timestamp(nanoseconds: time), people: frame.people, events: frame.events,
            capture: Capture(unixNanoseconds: other, clock: .rtcp, error: .infinity, dropped: .max, latency: -1e300))
        let encoder = RecordEncoder(Example.header)
        let gap = GapRecord(from: late.time, to: Timestamp(nanoseconds: other), reason: "seek")
        var reader = RecordReader(bytes: encoder.headerLine() + encoder.frame(late) + encoder.gap(gap), name: "times")
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 4)
    }

    @Test(arguments: times) func everyTimeOfDayIsReadBack(time: Int64) throws {
        let read = try #require(UTC.nanoseconds(of: UTC.text(time)))
        #expect(time.magnitude > 9_200_000_000_000_000_000 || abs(read - time) < 1000)
    }

    @Test(arguments: [
        #""width":0"#, #""width":4611686018427387904"#, #""width":-1"#, #""width":1e300"#, #""height":1048577"#,
    ])
    func sizesThatCannotBeAreRefused(size: String) throws {
        let line = text(RecordEncoder(Example.header).headerLine())
        let key = size.split(separator: ":")[0]
        let changed = line.replacing(try Regex("\(key):[0-9]+"), with: size)
        var reader = RecordReader(bytes: Array(changed.utf8), name: "sizes")
        #expect(changed != line && isRefused(try reader.next()))
    }

    @Test func aHundredThousandKeypointsAreNotLookedThrough() throws {
        let line = text(RecordEncoder(Example.header).headerLine())
        let names = (0..<100_000).map { "\"left_\($0)\"" }.joined(separator: ",")
        let changed = line.replacing(/"keypoints":\[[^\]]*\]/, with: "\"keypoints\":[\(names)]")
        var reader = RecordReader(bytes: Array(changed.utf8), name: "many")
        #expect(isRefused(try reader.next()))
    }

    private func isRefused(_ body: @autoclosure () throws -> Record?) -> Bool {
        do { _ = try body() } catch { return true }
        return false
    }
}
