import Basics
import Foundation
import PoseTypes
@testable import Records
import Subprocess
import SystemPackage
import Testing
import TestSupport

/// Runs `scripts/validate.py --strict`, which needs python3-jsonschema (`make test-deps`).
@Suite struct SchemaTests {
    let encoder = RecordEncoder(Example.header)

    /// What the validator complains of; empty for a good stream.
    func problems(of lines: [[UInt8]]) async throws -> String {
        let result = try await run(
            .path("/usr/bin/python3"), arguments: [repositoryRoot.appending(path: "scripts/validate.py").path, "--strict", "-"],
            input: .array(lines.flatMap { $0 }), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        let output = result.standardOutput + result.standardError
        #expect((result.terminationStatus == .exited(0)) == output.isEmpty)
        return output
    }

    @Test func everyRecordKindIsDocumented() async throws {
        var bare = Example.header
        bare.detector = nil
        bare.source.frameRate = nil
        var odd = Example.frame(people: 1)
        odd.people[0].pose.keypoints[0] = Keypoint(x: .nan, y: .infinity, score: .nan)
        odd.people[0].box.x = -.infinity
        odd.people[0].category = "dog \"\u{1F415}\""
        let events = [TrackEvent.Kind.start, .end].map { TrackEvent(kind: $0, id: TrackID(3), time: .zero) }
        var young = Example.followed()
        young.people[0].track = Track(
            id: TrackID(1), firstSeen: Timestamp(seconds: 9),
            joints: (0..<17).map { .observed(SmoothedKeypoint.Place(x: .nan, y: Float($0), sigma: -1)) })
        let lines = [
            encoder.frame(Example.followed(events: events)),
            encoder.frame(Example.followed(revision: 1)), encoder.frame(young),
            encoder.headerLine(), RecordEncoder(bare).headerLine(), encoder.frame(Example.frame(people: 0)),
            encoder.frame(Example.frame(people: 10)), encoder.frame(odd),
            encoder.track(TrackRecord(event: .start, id: TrackID(1), uid: "a-b-1", time: .zero)),
            encoder.track(TrackRecord(event: .end, id: TrackID(1), uid: "a-b-1", time: .zero)),
            encoder.gap(GapRecord(from: .zero, to: Timestamp(seconds: 2), reason: "reconnect")),
            encoder.frame(Example.live()), encoder.frame(Example.live(latency: nil)), RecordEncoder.lost(records: 1),
        ]
        #expect(try await problems(of: lines) == "")
    }

    @Test func theValidatorRefusesWhatIsWrong() async throws {
        func frame(_ track: String) -> String {
            #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[],\#(track)}]}"#
        }
        let wrong = [
            (
                #"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[[1,2]]}]}"#,
                "$.persons[0].kp[0]"
            ),
            (#"{"type":"frame","frame":0,"pts_ns":0,"persons":[{"bbox":[1,2,3],"score":1,"kp":[]}]}"#, "$.persons[0].bbox"),
            (#"{"type":"frame","frame":0,"persons":[]}"#, "'pts_ns' is a required property"),
            (#"{"type":"frame","frame":0,"pts_ns":NaN,"persons":[]}"#, "not JSON: NaN"),
            (#"{"type":"frame","frame":0,"pts_ns":0,"persons":[],"colour":1}"#, "'colour' was unexpected"),
            (#"{"type":"header","format":"posed/2"}"#, "$"),
            (#"{"type":"frame","frame":0,"pts_ns":0,"persons":[],"dropped":1}"#, "'t' is a dependency of 'dropped'"),
            (#"{"type":"lost","records":0}"#, "$.records"),
            (#"{"type":"weather"}"#, "$.type"),
            (#"{"type":"gap","#, "not JSON"),
            (frame(#""id":1"#), "'uid' is a dependency of 'id'"),
            (frame(#""id":1,"uid":"a","age_s":1,"kps":[]"#), "'state' is a dependency of 'kps'"),
            (frame(#""id":1,"uid":"a","age_s":1,"kps":[[1]],"state":"o","sigma":[1]"#), "$.persons[0].kps[0]"),
            (frame(#""id":1,"uid":"a","age_s":1,"kps":[null],"state":"x","sigma":[null]"#), "$.persons[0].state"),
        ]
        let output = try await problems(of: wrong.map { Array(($0.0 + "\n").utf8) })
        let found = output.split(separator: "\n")
        #expect(found.count == wrong.count)
        for (index, (problem, (_, expected))) in zip(found, wrong).enumerated() {
            #expect(problem.hasPrefix("-:\(index + 1): ") && problem.contains(expected))
        }
    }
}
