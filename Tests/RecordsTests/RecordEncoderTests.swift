import Basics
import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Records

@Suite struct RecordEncoderTests {
    let encoder = RecordEncoder(Example.header)

    func frame(_ point: Keypoint, box: BoundingBox = BoundingBox(x: 0, y: 0, width: 1, height: 1)) -> String {
        let person = Person(box: box, score: 0.5, pose: Pose(keypoints: [point]))
        return text(encoder.frame(PoseFrame(index: 0, time: .zero, people: [person])))
    }

    @Test func everyFrameHasARecord() {
        let line = text(encoder.frame(PoseFrame(index: 7, time: Timestamp(nanoseconds: 233_333_333), people: [])))
        #expect(line == #"{"type":"frame","frame":7,"pts_ns":233333333,"persons":[]}"# + "\n")
    }

    @Test func pixelsHaveTwoDecimalsAndScoresFour() {
        let line = frame(Keypoint(x: 1.005, y: -0.3, score: 0.87654), box: BoundingBox(x: 1, y: 2.345, width: 3.999, height: 4))
        #expect(
            line == #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1.00,2.35,4.00,4.00],"score":0.5000,"#
                + #""origin":"detected","kp":[[1.00,-0.30,0.8765]]}]}"# + "\n")
    }

    @Test func decimalsAreThoseOfPrintf() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let value = Float.random(in: -5000...5000, using: &generator)
            var json = TextBytes(capacity: 16)
            json.pixels(value)
            let expected = String(format: "%.2f", value)
            #expect(text(json.bytes) == (expected == "-0.00" ? "0.00" : expected))
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteSaysNothing(value: Float) {
        #expect(frame(Keypoint(x: value, y: 2, score: 0.9)).contains(#""kp":[[0.00,0.00,0.0000]]"#))
        #expect(frame(Keypoint(x: 1, y: 2, score: value)).contains(#""kp":[[0.00,0.00,0.0000]]"#))
        let box = BoundingBox(x: 1, y: value, width: 3, height: 4)
        #expect(frame(Keypoint(x: 1, y: 2, score: 0.5), box: box).contains(#""bbox":[1.00,0.00,3.00,4.00],"score":0.0000"#))
    }

    @Test func absurdNumbersStayNumbers() {
        #expect(frame(Keypoint(x: 3e38, y: -3e38, score: 1)).contains("[10000000000000.00,-10000000000000.00,1.0000]"))
    }

    @Test func whoIsFollowedHasMore() {
        var header = Example.header
        (header.stream, header.session) = ("gym1", "S")
        let place = SmoothedKeypoint.Place(x: 3.5, y: 4.25, sigma: 1.75)
        let track = Track(
            id: TrackID(7), firstSeen: Timestamp(seconds: 0.4), joints: [.observed(place), .missing, .predicted(place)])
        let person = Person(
            box: BoundingBox(x: 0, y: 0, width: 1, height: 1), score: 0.5, pose: Pose(keypoints: []), origin: .carried,
            track: track)
        let birth = TrackEvent(kind: .start, id: TrackID(7), time: Timestamp(nanoseconds: 400_000_000))
        let frame = PoseFrame(index: 3, time: Timestamp(seconds: 1.5), people: [person], events: [birth], revision: 1)
        #expect(
            text(RecordEncoder(header).frame(frame))
                == #"{"type":"track","event":"start","id":7,"uid":"gym1-S-7","pts_ns":400000000}"# + "\n"
                + #"{"type":"frame","frame":3,"pts_ns":1500000000,"rev":1,"persons":[{"bbox":[0.00,0.00,1.00,1.00],"#
                + #""score":0.5000,"origin":"carried","kp":[],"id":7,"uid":"gym1-S-7","age_s":1.100,"kps":[[3.50,4.25],null,[3.50,4.25]],"#
                + #""state":"omp","sigma":[1.75,null,1.75]}]}"# + "\n")
    }

    @Test func aLiveFrameTellsItsClock() {
        var frame = Example.live()
        frame.people = []
        #expect(
            text(encoder.frame(frame))
                == #"{"type":"frame","frame":12,"pts_ns":400400000,"t":"2026-11-22T11:30:00.250001Z","clock":"rtcp","#
                + #""clock_err_ms":12.500,"dropped":3,"lat_ms":125.000,"persons":[]}"# + "\n")
    }

    @Test func timesOfDayAreThoseOfTheCalendar() throws {
        var generator = SeededGenerator(seed: 3)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: -9_200_000_000...9_200_000_000, using: &generator)
            let text = UTC.text(seconds * 1_000_000_000 + 123_456_000)
            #expect(text == Date(timeIntervalSince1970: Double(seconds)).formatted(style).dropLast() + ".123456Z")
            #expect(UTC.nanoseconds(of: text) == seconds * 1_000_000_000 + 123_456_000)
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func aSmoothedJointThatIsNotFiniteIsMissing(value: Float) {
        let places = [
            SmoothedKeypoint.Place(x: value, y: 1, sigma: 1), SmoothedKeypoint.Place(x: 1, y: value, sigma: 1),
            SmoothedKeypoint.Place(x: 1, y: 1, sigma: value),
        ]
        var frame = Example.frame(people: 1)
        frame.people[0].track = Track(id: TrackID(1), firstSeen: .zero, joints: places.map(SmoothedKeypoint.observed))
        #expect(
            text(encoder.frame(frame))
                .hasSuffix(#""kps":[null,null,null],"state":"mmm","sigma":[null,null,null]}]}"# + "\n"))
    }

    @Test func stringsAreEscaped() throws {
        var header = Example.header
        header.stream = "a\"b\\c\n\t\u{1}\u{1F}é\u{1F3C3}"
        let object = try JSONSerialization.jsonObject(with: Data(RecordEncoder(header).headerLine())) as? [String: Any]
        #expect(object?["stream"] as? String == header.stream)
        #expect(RecordEncoder(header).headerLine().filter { $0 == 10 }.count == 1)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
