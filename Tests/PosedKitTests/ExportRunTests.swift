import Delivery
import Foundation
import PoseTypes
import Records
import Testing

@testable import PosedKit

@Suite struct ExportRunTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID())")

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// What is exported of these frames.
    func export(_ frames: [PoseFrame], as format: ExportFormat, to out: String = "out.txt") throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = RecordEncoder(RenderExample.header)
        let writer = try JSONLinesWriter(path: path("poses.jsonl"))
        try writer.write(encoder.headerLine())
        for frame in frames { try writer.write(encoder.frame(frame)) }
        try writer.finish()
        try ExportRun.export(path("poses.jsonl"), as: format, to: path(out), session: nil)
        return try String(contentsOfFile: path(out), encoding: .utf8)
    }

    static var followed: Person {
        var person = RenderExample.person
        person.track = Track(id: TrackID(3), firstSeen: .zero)
        return person
    }

    @Test func theLaterVersionOfAFrameIsExported() throws {
        let frames = [
            RenderExample.frame(0, people: [Self.followed]), RenderExample.frame(1, people: [Self.followed]),
            RenderExample.frame(0, people: [], revision: 1),
        ]
        #expect(try export(frames, as: .mot) == "2,3,11.00,21.00,76.00,40.00,0.9000,-1,-1,-1\n")
    }

    @Test func aTableBeginsWithItsHead() throws {
        let rows = try export([RenderExample.frame(0, people: [Self.followed])], as: .csv).split(separator: "\n")
        #expect(rows.count == 18 && rows[0].hasPrefix("frame,pts_s,") && rows[1].hasPrefix("0,0.000000000,0,3,nose,48.00,"))
    }

    @Test func motResultsNeedIDs() {
        #expect { try export([RenderExample.frame(0, people: [RenderExample.person])], as: .mot) } throws: {
            ($0 as? PosedError)?.kind == .badData
        }
    }

    @Test func theRecordsAreNeverOverwritten() {
        #expect { try export([], as: .csv, to: "poses.jsonl") } throws: { ($0 as? PosedError)?.kind == .usage }
    }
}
