import Basics
import Delivery
import Drawing
import Flow
import Glibc
import Logging
import Media
import PoseTypes
import PosedKit
import Records
import Settings

/// Draws the people of a stream over its pictures, into one mp4 after another.
///
///     gym-20261122T110000000Z.mp4           named after its first picture
///     gym-20261122T111000000Z.mp4.part      what is being written: it cannot be played yet
///
/// A segment ends with its period (of UTC), when the pictures have another size, and at the end; pictures keep their distances
/// in time. One that fails is given up, and the next is tried later.
struct WriteSegments: Sink {
    private struct Segment {
        var writer: VideoWriter
        var painter: OverlayPainter
        let path: String
        let header: Int
        let period: Int64
        let start: Timestamp
    }

    /// What the name of a segment ends in until it is whole.
    private static let unfinished = ".part"

    private let overlay: OverlaySink
    private let isRetried: Bool
    private let report: SinkReport
    private let logger: Logger
    private var backOff: BackOff
    private var segment: Segment?
    private var nextTry = ContinuousClock.now
    /// The number of the next item.
    private var number = 0

    /// - Parameter isRetried: otherwise its first failure ends the pipeline.
    init(
        _ overlay: OverlaySink, report: SinkReport, logger: Logger, isRetried: Bool,
        backOff: BackOff = BackOff()
    ) {
        self.overlay = overlay
        self.report = report
        self.logger = logger
        self.isRetried = isRetried
        self.backOff = backOff
        RotatedNames(of: overlay.file).removeUnfinished(Self.unfinished)
    }

    mutating func receive(_ item: StreamItem) throws {
        let missed = item.number - number
        number = item.number + 1
        guard item.frame.image != nil else { return report.update { $0.lost += missed } }
        do {
            let isWritten = try write(item)
            if isWritten { backOff.reset() }
            report.update { counts in
                counts.records += isWritten ? 1 : 0
                counts.lost += missed + (isWritten ? 0 : 1)
            }
        } catch  where isRetried {
            report.update { $0.lost += missed + 1 }
            retreat(after: error)
        }
    }

    mutating func finish() throws {
        do { try end() } catch  where isRetried { retreat(after: error) }
    }

    /// False while it waits after a failure.
    private mutating func write(_ item: StreamItem) throws -> Bool {
        guard var image = item.frame.image else { return false }
        let now = item.frame.poses.capture?.unixNanoseconds ?? UTC.now()
        let period = Int64(saturating: (Double(now) / 1e9 / overlay.segment).rounded(.down))
        if let segment, segment.period != period || segment.header != item.headerNumber { try end() }
        if segment == nil {
            guard ContinuousClock.now >= nextTry else { return false }
            let path = RotatedNames(of: overlay.file).next(at: now)
            segment = Segment(
                writer: try VideoWriter(
                    path: path + Self.unfinished, width: image.width, height: image.height,
                    frameRate: item.header.source.frameRate),
                painter: OverlayPainter(skeleton: item.header.skeleton), path: path, header: item.headerNumber, period: period,
                start: item.frame.poses.time)
        }
        segment!.painter.paint(item.frame.poses, into: &image)
        let time = Timestamp(nanoseconds: item.frame.poses.time.nanoseconds - segment!.start.nanoseconds)
        try segment!.writer.write(image, at: time)
        return true
    }

    /// Completes the segment and gives it its name.
    private mutating func end() throws {
        guard let segment else { return }
        self.segment = nil
        try segment.writer.finish()
        guard rename(segment.path + Self.unfinished, segment.path) == 0 else {
            throw DeliveryError.cannotOpen(path: segment.path, code: errno)
        }
        if let keep = overlay.keep { RotatedNames(of: overlay.file).prune(keeping: keep) }
    }

    private mutating func retreat(after error: any Error) {
        if let segment { unlink(segment.path + Self.unfinished) }
        segment = nil
        let wait = backOff.wait()
        nextTry = .now + wait
        report.update { $0.failures += 1 }
        logger.warning("\(error)", metadata: ["next_try": "\(inSeconds(wait))"])
    }
}
