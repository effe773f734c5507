import Basics
import Delivery
import Foundation
import PoseTypes
@testable import Records
import TestSupport
import Testing

/// A frame with one person of two keypoints.
private func joints(kps: String, state: String, sigma: String) -> String {
    #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[[1,2,3],[1,2,3]],"id":1,"age_s":0,"#
        + #""kps":\#(kps),"state":"\#(state)","sigma":\#(sigma)}]}"#
}

@Suite struct RecordReaderTests {
    let encoder = RecordEncoder(Example.header)

    func read(_ lines: [[UInt8]]) throws -> [Record] {
        var reader = RecordReader(bytes: lines.flatMap { $0 }, name: "poses.jsonl")
        var records: [Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test func whatWasWrittenIsRead() throws {
        let track = TrackRecord(event: .start, id: TrackID(7), uid: "gym1-7", time: Timestamp(nanoseconds: 1))
        let gap = GapRecord(from: .zero, to: Timestamp(seconds: 2), reason: "reconnect")
        // Scores have four decimals; sixteenths have too.
        var frames = [Example.frame(people: 0), Example.frame(people: 3, index: 13)]
        frames[1].people[1].category = "polar bear"
        let lines = [encoder.headerLine()] + frames.map(encoder.frame) + [encoder.track(track), encoder.gap(gap)]
        let expected: [Record] = [.header(Example.header), .frame(frames[0]), .frame(frames[1]), .track(track), .gap(gap)]
        #expect(try read(lines) == expected)
    }

    @Test func whatALiveFrameAndALossSayIsReadAsWell() throws {
        let lines = [
            encoder.headerLine(), encoder.frame(Example.live()), RecordEncoder.lost(records: 12),
            encoder.frame(Example.live(latency: nil)),
        ]
        let expected: [Record] = [
            .header(Example.header), .frame(Example.live()), .lost(records: 12), .frame(Example.live(latency: nil)),
        ]
        #expect(try read(lines) == expected)
    }

    @Test func whoIsFollowedIsReadAsWell() throws {
        let time = Timestamp(nanoseconds: 150_400_000)
        let birth = TrackEvent(kind: .start, id: TrackID(7), time: time)
        let lines = [
            encoder.headerLine(), encoder.frame(Example.followed(events: [birth])),
            encoder.frame(Example.followed(revision: 1)),
        ]
        let start = TrackRecord(
            event: .start, id: TrackID(7), uid: TrackID(7).uid(stream: Example.header.stream, session: Example.header.session),
            time: time)
        let expected: [Record] = [
            .header(Example.header), .track(start), .frame(Example.followed()), .frame(Example.followed(revision: 1)),
        ]
        #expect(try read(lines) == expected)
    }

    @Test func aStreamOfALaterPosedIsReadable() throws {
        let header = text(encoder.headerLine()).replacing(
            "{\"type\"", with: "{\"colour\":[{}],\"type\"", maxReplacements: 1)
        let news = #"{"type":"weather","sun":true}"#
        let records = try read([Array(header.utf8), Array((news + "\r\n\n").utf8)])
        #expect(records == [.header(Example.header), .unknown(type: "weather", line: Array((news + "\r").utf8))])
    }

    @Test func anotherLayoutKnowsItsMirrorByName() throws {
        var header = Example.header
        header.skeleton = Skeleton(
            name: "eyes", joints: ["left_eye", "nose", "right_eye"], bones: [[0, 1]], mirror: [2, 1, 0], sigmas: [])
        #expect(try read([RecordEncoder(header).headerLine()]) == [.header(header)])
    }

    @Test(arguments: Skeleton.known) func aKnownLayoutIsTheOneItWas(skeleton: Skeleton) throws {
        var header = Example.header
        header.skeleton = skeleton
        #expect(try read([RecordEncoder(header).headerLine()]) == [.header(header)])
    }

    @Test func aFileIsReadLikeItsBytes() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "reader-\(UUID()).jsonl").path
        let writer = try JSONLinesWriter(path: path)
        try writer.write(encoder.headerLine())
        try writer.write(encoder.frame(Example.frame(people: 2)))
        try writer.finish()
        var reader = try RecordReader(path: path)
        #expect(try reader.next() == .header(Example.header))
        #expect(try reader.next() == .frame(Example.frame(people: 2)))
        #expect(try reader.next() == nil)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func anAbsentFileIsNamed() {
        let error = RecordError.cannotRead(path: "/nowhere/poses.jsonl", reason: "No such file or directory")
        #expect(throws: error) { try RecordReader(path: "/nowhere/poses.jsonl") }
    }

    @Test(arguments: [
        (#"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"score":1,"kp":[]}]}"#, "persons[0].bbox is missing"),
        (
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3],"score":1,"kp":[]}]}"#,
            "bbox is [x, y, width, height], and kp holds [x, y, score]"
        ),
        (
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[[1,2,3]]}]}"#,
            "persons[0].kp has 1 keypoints, the header has 17"
        ),
        (
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"origin":"guessed","kp":[]}]}"#,
            "origin is detected or carried"
        ),
        (#"{"type":"frame","frame":0,"pts_ns":null,"persons":[]}"#, "pts_ns is null"),
        (#"{"type":"frame","frame":-1,"pts_ns":0,"persons":[]}"#, "frame counts from 0"),
        (#"{"type":"frame","frame":0,"pts_ns":-9223372036854775808,"persons":[]}"#, "a time lies beyond 73 years"),
        (
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[],"id":0,"age_s":1}]}"#,
            "an id is 1 or more and comes with an age_s, 0 or more"
        ),
        (joints(kps: "[[1,2],null]", state: "om", sigma: "[1]"), "kps, state and sigma have one entry for each of kp"),
        (
            joints(kps: "[[1,2],null]", state: "oo", sigma: "[1,null]"),
            "kps[1], state and sigma: m has null twice, o and p have [x, y] and a number"
        ),
        (
            joints(kps: "[[1,2,3],null]", state: "om", sigma: "[1,null]"),
            "kps[0], state and sigma: m has null twice, o and p have [x, y] and a number"
        ),
        (
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[],"t":"2026-11-22 11:30","clock":"rtcp"}"#,
            "t is 2026-11-22 11:30, and has to read like 2026-11-22T11:30:00.250000Z"
        ),
        (
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[],"t":"2026-11-22T11:30:00Z","clock":"sundial"}"#,
            "t comes with clock (container, rtcp or arrival), clock_err_ms and dropped, both 0 or more"
        ),
        (#"{"type":"lost","records":0}"#, "records is 0, and counts from 1"),
        (#"{"type":"frame","frame":0,"pts"#, "not a JSON object, or cut off"),
        (#"{"frame":0}"#, "type is missing"),
    ])
    func aBadLineIsNamed(line: String, problem: String) {
        let error = RecordError.badRecord(path: "poses.jsonl", line: 2, problem: problem)
        #expect(throws: error) { try read([encoder.headerLine(), Array(line.utf8)]) }
        #expect(error.description == "poses.jsonl:2: \(problem)")
    }

    @Test func aHeaderComesFirst() {
        #expect(throws: RecordError.self) { try read([encoder.frame(Example.frame(people: 0))]) }
    }

    @Test func anotherFormatIsRefused() {
        let line = text(encoder.headerLine()).replacing("posed/1", with: "posed/2")
        #expect(
            throws: RecordError.badRecord(
                path: "poses.jsonl", line: 1, problem: "format is posed/2, only posed/1 can be read")
        ) { try read([Array(line.utf8)]) }
    }
}
