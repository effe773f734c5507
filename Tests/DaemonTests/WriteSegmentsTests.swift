import Basics
import Daemon
import Delivery
import Foundation
import Logging
import Media
import PoseTypes
import Records
import Settings
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings

@Suite struct WriteSegmentsTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "segments-\(UUID())")
    private let report = SinkReport(name: "a.mp4")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func sink(_ path: String = "a.mp4", keep: Int? = nil, isRetried: Bool = true) -> WriteSegments {
        var overlay = OverlaySink(path: folder.appending(path: path).path)
        (overlay.segment, overlay.keep) = (10, keep)
        return WriteSegments(
            overlay, report: report, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, isRetried: isRetried,
            backOff: BackOff(first: .zero, longest: .zero))
    }

    /// A picture that was taken so many seconds after 2026-11-22T11:00:00Z.
    private func item(_ number: Int, at seconds: Double, size: Int = 64, revision: Int = 0) -> StreamItem {
        let source = StreamHeader.Source(uri: "u", width: size, height: size, codec: "h264")
        let header = StreamHeader(
            stream: "s", skeleton: .coco17, detector: nil, pose: .init(id: "p"), source: source, version: "0")
        let taken = 1_795_345_200_000_000_000 + Int64(seconds * 1e9)
        let image = Image(width: size, height: size, pixels: [UInt8](repeating: UInt8(number % 250), count: 3 * size * size))
        var poses = PoseFrame(index: number, time: Timestamp(seconds: 100 + seconds), people: [])
        poses.capture = Capture(unixNanoseconds: taken, clock: .arrival, error: 0)
        return StreamItem(
            number: number, header: header, headerNumber: size, gap: nil,
            frame: FrameWithPoses(image: revision == 0 ? image : nil, poses: poses))
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

    private func times(of name: String) throws -> [Double] {
        let reader = try VideoReader(path: folder.appending(path: name).path)
        var times: [Double] = []
        while let frame = try reader.next() { times.append((frame.time.seconds * 100).rounded() / 100) }
        return times
    }

    @Test func segmentsEndWithTheirPeriodAndKeepTheTimesOfTheirPictures() throws {
        var sink = sink()
        for (number, time) in [5, 5.5, 7, 9.9, 10.1, 10.2].enumerated() { try sink.receive(item(number, at: time)) }
        #expect(try names() == ["a-20261122T110005000Z.mp4", "a-20261122T110010100Z.mp4.part"])
        try sink.finish()
        #expect(try names() == ["a-20261122T110005000Z.mp4", "a-20261122T110010100Z.mp4"])
        #expect(try times(of: "a-20261122T110005000Z.mp4") == [0, 0.5, 2, 4.9])
        #expect(try times(of: "a-20261122T110010100Z.mp4") == [0, 0.1])
        #expect(report.counts == .init(records: 6, lost: 0, failures: 0))
    }

    @Test func picturesOfAnotherSizeBeginANewOne() throws {
        var sink = sink()
        try sink.receive(item(0, at: 1))
        try sink.receive(item(1, at: 2, size: 96))
        try sink.finish()
        #expect(try names().count == 2)
    }

    @Test func onlyTheNewestStay() throws {
        var sink = sink(keep: 2)
        for number in 0..<5 { try sink.receive(item(number, at: Double(number) * 10)) }
        try sink.finish()
        #expect(try names() == ["a-20261122T110030000Z.mp4", "a-20261122T110040000Z.mp4"])
    }

    @Test func whatAKilledProcessLeftGoes() throws {
        for name in ["a-20261122T100000000Z.mp4.part", "a-20261122T100000000Z.mp4", "a-b.mp4.part", "b.part"] {
            try Data().write(to: folder.appending(path: name))
        }
        var sink = sink()
        #expect(try names() == ["a-20261122T100000000Z.mp4", "a-b.mp4.part", "b.part"])
        try sink.finish()
    }

    @Test func onlyFirstVersionsAreShownAndLossesCounted() throws {
        var sink = sink()
        try sink.receive(item(0, at: 1))
        try sink.receive(item(1, at: 0.5, revision: 1))
        try sink.receive(item(4, at: 2))
        try sink.finish()
        #expect(try times(of: try names()[0]) == [0, 1])
        #expect(report.counts == .init(records: 2, lost: 2, failures: 0))
    }

    @Test func aFolderThatComesLaterIsFound() throws {
        var sink = sink("later/a.mp4")
        try sink.receive(item(0, at: 1))
        #expect(report.counts == .init(records: 0, lost: 1, failures: 1))
        try FileManager.default.createDirectory(at: folder.appending(path: "later"), withIntermediateDirectories: false)
        try sink.receive(item(1, at: 2))
        try sink.finish()
        #expect(report.counts == .init(records: 1, lost: 1, failures: 1))
        var strict = self.sink("never/a.mp4", isRetried: false)
        #expect(throws: MediaError.self) { try strict.receive(item(0, at: 1)) }
    }
}
