import Delivery
import Foundation
import Media
import PoseTypes
import Records
import Settings
import Testing

@testable import PosedKit

enum RenderExample {
    static let header = StreamHeader(
        stream: "grey", session: "01JD9Z3T5R8Q2W4X6Y7Z9A1B3C", skeleton: .coco17, detector: nil, pose: .init(id: "none"),
        source: .init(uri: "grey.mp4", width: 96, height: 64, codec: "h264", frameRate: 25), version: "0")
    static let keypoints = [Keypoint](repeating: Keypoint(x: 48, y: 32, score: 1), count: 17)
    static let person = Person(
        box: BoundingBox(x: 10, y: 20, width: 76, height: 40), score: 0.9, pose: Pose(keypoints: keypoints))

    static func frame(_ index: Int, people: [Person], revision: Int = 0) -> PoseFrame {
        PoseFrame(
            index: index, time: Timestamp(nanoseconds: Int64(index) * 40_000_000), people: people, revision: revision)
    }
}

@Suite struct RenderRunTests {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "render-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let writer = try VideoWriter(path: path("grey.mp4"), width: 96, height: 64, frameRate: 25)
        for index in 0..<6 {
            try writer.write(
                Image(width: 96, height: 64, grey: 90), at: Timestamp(nanoseconds: Int64(index) * 40_000_000))
        }
        try writer.finish()
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func record(_ sessions: [(StreamHeader, [PoseFrame])]) throws {
        let writer = try JSONLinesWriter(path: path("poses.jsonl"))
        for (header, frames) in sessions {
            let encoder = RecordEncoder(header)
            try writer.write(encoder.headerLine())
            for frame in frames { try writer.write(encoder.frame(frame)) }
        }
        try writer.finish()
    }

    @discardableResult
    func render(session: String? = nil, overlay: String = "out.mp4") async throws -> RenderReport {
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = RenderRun.Options()
        options.session = session
        let run = try RenderRun(
            records: path("poses.jsonl"), video: path("grey.mp4"), overlay: path(overlay), options: options,
            signals: StopSignals())
        let report = try await run()
        let reader = try VideoReader(path: path(overlay))
        while let frame = try reader.next() {
            let middle = (32 * 96 + 48) * 3
            drawn.value.append(frame.image.pixels[middle..<middle + 3].contains { abs(Int($0) - 90) > 40 })
        }
        return report
    }

    /// Which frames of the overlay have somebody in the middle.
    final class Drawn { var value: [Bool] = [] }
    let drawn = Drawn()

    @Test func peopleAreDrawnWhereTheyWereRecorded() async throws {
        let someone = [RenderExample.person]
        try record([
            (
                RenderExample.header,
                [
                    RenderExample.frame(0, people: []), RenderExample.frame(1, people: someone),
                    RenderExample.frame(2, people: someone), RenderExample.frame(3, people: []),
                    RenderExample.frame(2, people: [], revision: 1), RenderExample.frame(3, people: someone, revision: 1),
                    RenderExample.frame(5, people: someone),
                ]
            )
        ])
        let report = try await render()
        #expect(drawn.value == [false, true, false, true, false, true])
        #expect(report.warning == nil)
        #expect(report.description.contains("6 frames") && report.description.hasSuffix("5 of them have a record"))
    }

    @Test func recordsThatFitNoFrameAreCounted() async throws {
        try record([(RenderExample.header, (4..<9).map { RenderExample.frame($0, people: []) })])
        let warning = try await render().warning
        #expect(warning?.contains("3 of 5 records") == true)
    }

    @Test func recordsOfOtherTimesAreRefused() async throws {
        try record([(RenderExample.header, (7..<9).map { RenderExample.frame($0, people: []) })])
        await #expect { try await render() } throws: {
            ($0 as? PosedError)?.kind == .badData && "\($0)".contains("not one record of")
        }
    }

    @Test func aVideoOfAnotherSizeIsRefused() async throws {
        var header = RenderExample.header
        header.source.width = 640
        try record([(header, [])])
        await #expect { try await render() } throws: {
            ($0 as? PosedError)?.kind == .badData && "\($0)".contains("640x64") && "\($0)".contains("96x64")
        }
        #expect(!FileManager.default.fileExists(atPath: path("out.mp4")))
    }

    @Test func ofSeveralSessionsTheOneThatFitsIsDrawn() async throws {
        var wide = RenderExample.header
        wide.source.width = 640
        wide.session = "01JD9Z3T5R8Q2W4X6Y7Z9A1B3D"
        let people = (0..<6).map { RenderExample.frame($0, people: [RenderExample.person]) }
        try record([(wide, []), (RenderExample.header, people)])
        try await render()
        #expect(drawn.value == [true, true, true, true, true, true])
    }

    @Test(arguments: [nil, "01JD9Z3T5R8Q2W4X6Y7Z9A1B3D", "other"]) func ofSeveralThatFitOneIsChosen(id: String?) async throws {
        var second = RenderExample.header
        second.session = "01JD9Z3T5R8Q2W4X6Y7Z9A1B3D"
        let nobody = (0..<6).map { RenderExample.frame($0, people: []) }
        let people = (0..<6).map { RenderExample.frame($0, people: [RenderExample.person]) }
        try record([(RenderExample.header, nobody), (second, people)])
        guard id == second.session else {
            await #expect { try await render(session: id) } throws: {
                ($0 as? PosedError)?.kind == .usage && "\($0)".contains("\(second.session) (grey, 6 frames)")
            }
            return
        }
        try await render(session: id)
        #expect(drawn.value == [true, true, true, true, true, true])
    }

    @Test(arguments: ["poses.jsonl", "grey.mp4"]) func anInputIsNeverOverwritten(overlay: String) async throws {
        try record([(RenderExample.header, [])])
        await #expect { try await render(overlay: overlay) } throws: { ($0 as? PosedError)?.kind == .usage }
    }

    @Test func aFileWithoutRecordsIsRefused() async throws {
        try record([])
        await #expect { try await render() } throws: { ($0 as? PosedError)?.kind == .badData }
    }
}
