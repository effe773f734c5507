import Foundation
import PoseTypes
import Records
import Settings
import Testing
import Tracking

@testable import PosedKit

@Suite struct RefinePassageTests {
    private static let header = StreamHeader(
        stream: "gym", skeleton: .coco17, detector: nil, pose: StreamHeader.Model(id: "none"),
        source: StreamHeader.Source(uri: "gym.mp4", width: 100, height: 100, codec: "h264"), version: "0")

    /// Somebody who walks to the right, at ten frames a second.
    private func frame(_ index: Int, revision: Int) -> PoseFrame {
        let pose = Pose(keypoints: (0..<17).map { Keypoint(x: Float(index + $0), y: Float(3 * $0), score: 0.9) })
        let person = Person(
            box: BoundingBox(x: Float(index), y: 0, width: 20, height: 50), score: 0.9, pose: pose,
            track: Track(id: TrackID(1), firstSeen: .zero, joints: Array(repeating: .missing, count: 17)))
        let time = Timestamp(seconds: 0.1 * Double(index))
        return PoseFrame(index: index, time: time, people: [person], revision: revision)
    }

    @Test func linesKeepTheirPlaceAndFramesComeBeforeTheEnd() throws {
        let encoder = RecordEncoder(Self.header)
        var passage = RefinePassage(Self.header, RefineOptions().settings)
        var lines: [[UInt8]] = []
        for index in 0..<800 {
            for revision in [0, 1] {
                let frame = frame(index, revision: revision)
                lines += passage.pass(.frame(frame), line: encoder.frame(frame).dropLast())
            }
            if index.isMultiple(of: 100) {
                let mark = Array("mark \(index)".utf8)
                lines += passage.pass(.unknown(type: "mark", line: mark), line: mark)
            }
        }
        #expect(lines.count > 500, "\(lines.count) lines were given out before the end")
        lines += passage.finish()
        var expected: [String] = []
        for index in 0..<800 {
            expected.append("frame \(index)")
            if index.isMultiple(of: 100) { expected.append("mark \(index)") }
        }
        var reader = RecordReader(
            bytes: encoder.headerLine() + lines.filter { $0[0] != UInt8(ascii: "m") }.joined(), name: "gym")
        var frames: [PoseFrame] = []
        while let record = try reader.next() { if case .frame(let frame) = record { frames.append(frame) } }
        let names = lines.map { line in
            let text = String(decoding: line.dropLast(), as: UTF8.self)
            return text.hasPrefix("mark") ? text : "frame " + (text.firstMatch(of: /"frame":(\d+)/).map { String($0.1) } ?? "")
        }
        #expect(names == expected)
        // Steady motion passes unchanged, also across the stretches in which the passage works.
        let wrist = frames.compactMap { $0.people[0].track?.joints[9].place?.x }
        #expect(wrist.count == 800)
        #expect(wrist.enumerated().allSatisfy { abs($1 - Float($0 + 9)) < 0.05 })
    }
}
