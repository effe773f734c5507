import Foundation
import PoseTypes
import Subprocess
import TestSupport
import Testing

/// Whether the networks that ship find people where they are (20 frames of each clip, marked by hand), and nobody elsewhere.
@Suite(.enabled(if: sharedData != nil), .timeLimit(.minutes(10))) struct FoundTests {
    /// Parts of `one-by-one.mp4` in which nobody is, chosen by eye.
    static let empty = [0...58, 205...226, 455...500, 706...740, 875...918, 1208...1232, 1366...1390]

    /// Prints a row of the table in the card of person-nano.
    @Test(arguments: ["dance", "squat", "walk"]) func everybodyIsFoundIn95OfAHundredFrames(clip: String) async throws {
        let found = try await people(of: clip)
        let rows = try String(contentsOf: fixture("found/\(clip).csv"), encoding: .utf8).split(separator: "\n").dropFirst()
        let marked = rows.map { $0.split(separator: ",").compactMap { Float($0) } }
        let missed = marked.filter { row in
            let box = BoundingBox(x: row[1], y: row[2], width: row[3], height: row[4])
            return !found[Int(row[0])].contains { $0.iou(box) > 0.45 }
        }
        print("| \(clip) | \(marked.count) | \(marked.count - missed.count) | missed in \(missed.map { Int($0[0]) }) |")
        #expect(Double(marked.count - missed.count) >= 0.95 * Double(marked.count), "missed: \(missed)")
    }

    @Test func nobodyIsFoundWhereNobodyIs() async throws {
        let found = try await people(of: "one-by-one")
        let frames = Self.empty.flatMap { found[$0] }
        #expect(frames.count == 256)
        let ghosts = frames.map(\.count).reduce(0, +)
        print("\(ghosts) ghosts in \(frames.count) empty frames")
        #expect(Double(ghosts) <= 0.2 * Double(frames.count))
    }

    /// Frame by frame.
    private func people(of clip: String) async throws -> [[BoundingBox]] {
        let workshop = try Workshop()
        let video = try #require(sharedData).appending(path: "videos/\(clip).mp4").path
        let outcome = try await workshop.posed("process", video, "--out", "out.jsonl")
        try #require(outcome.status == .exited(0))
        return try Records(try workshop.text(of: "out.jsonl")).people.map { people in
            people.compactMap { person in
                (person["bbox"] as? [Double]).map { box in
                    BoundingBox(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3]))
                }
            }
        }
    }
}
