import PoseTypes
import Testing

@testable import Delivery

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
                let moved = frame.people.map { $0.track?.joints.map { _ in Joint.missing } ?? [] }
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
