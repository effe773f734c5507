import Delivery
import Foundation
import PoseTypes
import Records
import Settings
import Testing

@testable import PosedKit

@Suite struct ReplayPosesTests {
    /// Frames with one person whose score tells them apart, at these milliseconds.
    func recording(_ times: [Int], firstNumber: Int = 0) throws -> Recording {
        let path = FileManager.default.temporaryDirectory.appending(path: "recall-\(UUID()).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let encoder = RecordEncoder(RenderExample.header)
        let writer = try JSONLinesWriter(path: path)
        try writer.write(encoder.headerLine())
        for (index, time) in times.enumerated() {
            let person = Person(
                box: BoundingBox(x: 0, y: 0, width: 1, height: 1), score: Float(time) / 1000,
                pose: Pose(keypoints: RenderExample.keypoints))
            try writer.write(
                encoder.frame(
                    PoseFrame(
                        index: firstNumber + index, time: Timestamp(nanoseconds: Int64(time) * 1_000_000), people: [person])))
        }
        try writer.finish()
        return try Recording(path: path)
    }

    /// The milliseconds of the record that each frame at these milliseconds gets; nil where it gets none.
    func recalled(_ recording: Recording, _ times: [Double], report: ReplayPoses.Report = .init()) throws -> [Int?] {
        var stage = ReplayPoses(from: recording, entries: recording.sessions[0].entries, report: report)
        var scores: [Int?] = []
        for (index, time) in times.enumerated() {
            let frame = VideoFrame(index: index, time: Timestamp(seconds: time / 1000), image: Image(width: 1, height: 1))
            try stage.process(frame) { scores.append($0.poses.people.first.map { Int(($0.score * 1000).rounded()) }) }
        }
        return scores
    }

    @Test func framesGetTheRecordsOfTheirTimes() throws {
        let report = ReplayPoses.Report()
        #expect(try recalled(recording([0, 40, 80, 120]), [0, 40, 80, 120], report: report) == [0, 40, 80, 120])
        #expect(report.counts.matched == 4 && report.counts.renumbered == 0)
    }

    @Test func timesOfAnotherContainerMayDifferByAMillisecond() throws {
        #expect(try recalled(recording([0, 33, 67, 100]), [0.4, 33.9, 66.1, 101]) == [0, 33, 67, 100])
    }

    @Test func whatHasNoCounterpartIsSkippedOnBothSides() throws {
        let report = ReplayPoses.Report()
        #expect(try recalled(recording([20, 40, 60, 120, 140]), [0, 40, 80, 120], report: report) == [nil, 40, nil, 120])
        #expect(report.counts.frames == 4 && report.counts.matched == 2)
    }

    @Test func otherNumbersAreCounted() throws {
        let report = ReplayPoses.Report()
        #expect(try recalled(recording([0, 40], firstNumber: 5), [0, 40], report: report) == [0, 40])
        #expect(report.counts.renumbered == 2)
    }

    @Test func fastVideosAreNotMixedUp() throws {
        let times = (0..<240).map { $0 }
        #expect(try recalled(recording(times), times.map(Double.init)) == times)
    }
}
