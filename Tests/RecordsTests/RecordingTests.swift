import PoseTypes
import TestSupport
import Testing

@testable import Records

@Suite struct RecordingTests {
    static let encoder = RecordEncoder(Example.header)

    static func frame(_ index: Int, revision: Int = 0, people: Int = 0) -> PoseFrame {
        PoseFrame(
            index: index, time: Timestamp(nanoseconds: Int64(index) * 40_000_000),
            people: (0..<people).map { Example.person(x: Float($0)) }, revision: revision)
    }

    func recording(_ lines: [[UInt8]]) throws -> Recording {
        try Recording(RecordReader(bytes: lines.flatMap { $0 }, name: "poses.jsonl"))
    }

    func frames(of session: Recording.Session, in recording: Recording) throws -> [PoseFrame] {
        var recording = recording
        return try session.entries.map { entry in try recording.frame(at: entry) }
    }

    @Test func everyFrameIsThereOnceInItsLastVersionAndInOrder() throws {
        let written = [
            Self.frame(0, people: 1), Self.frame(1), Self.frame(0, revision: 1, people: 2), Self.frame(3), Self.frame(2),
            Self.frame(1, revision: 1, people: 1),
        ]
        let recording = try recording([Self.encoder.headerLine()] + written.map(Self.encoder.frame))
        #expect(recording.sessions.count == 1)
        #expect(
            try frames(of: recording.sessions[0], in: recording) == [written[2], written[5], written[4], written[3]])
        #expect(!recording.sessions[0].isFollowed)
    }

    @Test func aFirstVersionThatComesLateDoesNotReplaceABetterOne() throws {
        let written = [Self.frame(0, revision: 1, people: 2), Self.frame(0, people: 1)]
        let recording = try recording([Self.encoder.headerLine()] + written.map(Self.encoder.frame))
        #expect(try frames(of: recording.sessions[0], in: recording) == [written[0]])
    }

    @Test func sessionsAreKeptApartAndHeadersTogether() throws {
        var larger = Example.header
        larger.source.width = 1000
        var other = Example.header
        other.session = "01JD9Z3T5R8Q2W4X6Y7Z9A1B3D"
        other.skeleton = Skeleton(name: "one", joints: ["nose"], bones: [], mirror: [0], sigmas: [])
        let head = Self.encoder.headerLine()
        let recording = try recording([
            head, Self.encoder.frame(Self.frame(0, people: 1)), RecordEncoder(larger).headerLine(),
            Self.encoder.frame(Self.frame(1)), RecordEncoder(other).headerLine(), Self.encoder.frame(Self.frame(0)), head,
            Self.encoder.frame(Self.frame(2, people: 1)),
        ])
        #expect(recording.sessions.map(\.id) == [Example.header.session, other.session])
        #expect(recording.sessions[0].headers == [Example.header, larger])
        #expect(recording.sessions[0].entries.map { recording.sessions[0].header(of: $0).source.width } == [544, 1000, 544])
        #expect(
            try frames(of: recording.sessions[0], in: recording) == [
                Self.frame(0, people: 1), Self.frame(1), Self.frame(2, people: 1),
            ])
    }

    @Test func whereAnybodyHasAnIDPeopleAreFollowed() throws {
        let recording = try recording([
            Self.encoder.headerLine(), Self.encoder.frame(Self.frame(0)), Self.encoder.frame(Example.followed()),
        ])
        #expect(recording.sessions[0].isFollowed)
    }

    @Test func aBadLineIsFoundAtOnce() {
        let lines = [Self.encoder.headerLine(), Self.encoder.frame(Self.frame(0)), Array("{\"type\":\"fr".utf8)]
        #expect(
            throws: RecordError.badRecord(path: "poses.jsonl", line: 3, problem: "not a JSON object, or cut off")
        ) { try recording(lines) }
    }
}
