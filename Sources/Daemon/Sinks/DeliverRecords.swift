import Basics
import Delivery
import Flow
import Logging
import Media
import PoseTypes
import PosedKit
import Records

/// Gives a stream's records to one sink, and opens the sink again whenever it fails: a full disk or an absent broker costs
/// the records of that time, for the readers of that sink only.
struct DeliverRecords: Sink {
    /// What the stage does when the sink fails.
    enum Failure {
        /// It opens the sink again after a while.
        case retry
        /// It opens the sink again, but ends the pipeline when the reader of a pipe has gone.
        case retryUntilReaderGoes
        /// It ends the pipeline: the output has to be whole.
        case end
    }

    private let make: () throws -> any RecordSink
    private let onFailure: Failure
    private let report: SinkReport
    private let logger: Logger
    private var backOff: BackOff
    private var sink: (any RecordSink)?
    private var nextTry = ContinuousClock.now
    /// The number of the next item.
    private var number = 0
    /// Records lost since the last one that the sink took.
    private var lost = 0
    /// Records that the sink said it has lost.
    private var reported = 0
    private var encoder: (number: Int, encoder: RecordEncoder)?
    private var tracks: OpenTracks?

    /// Opens the sink: a reader may come before the first record, and a path that cannot be written shows at once.
    ///
    /// - Parameters:
    ///   - make: opens the sink.
    init(
        report: SinkReport, logger: Logger, onFailure: Failure = .retry, backOff: BackOff = BackOff(),
        make: @escaping () throws -> any RecordSink
    ) throws {
        self.make = make
        self.onFailure = onFailure
        self.report = report
        self.logger = logger
        self.backOff = backOff
        do { sink = try make() } catch { try retreat(after: error) }
    }

    mutating func receive(_ item: StreamItem) throws {
        lose(item.number - number)
        number = item.number + 1
        do {
            guard try deliver(item) else { return lose(1) }
            backOff.reset()
            lost = 0
            let lostThere = sink?.lost ?? 0
            report.update { counts in
                counts.records += 1
                counts.lost += max(0, lostThere - reported)
            }
            reported = lostThere
        } catch {
            lose(1)
            try retreat(after: error)
        }
    }

    mutating func finish() throws {
        do {
            try close()
        } catch {
            try retreat(after: error)
        }
    }

    private func close() throws {
        if let tracks, let encoder = encoder?.encoder {
            for track in tracks.endings { try sink?.records(encoder.track(track)) }
        }
        try sink?.finish()
    }

    /// False while the sink is away.
    private mutating func deliver(_ item: StreamItem) throws -> Bool {
        if sink == nil {
            guard ContinuousClock.now >= nextTry else { return false }
            sink = try make()
            reported = 0
            encoder = nil
        }
        guard let sink else { return false }
        if encoder?.number != item.headerNumber {
            encoder = (item.headerNumber, RecordEncoder(item.header))
            tracks = tracks ?? OpenTracks(of: item.header)
            try sink.header(encoder!.encoder.headerLine())
        }
        guard let encoder = encoder?.encoder else { return false }
        var lines: [UInt8] = lost > 0 ? RecordEncoder.lost(records: lost) : []
        if let gap = item.gap { lines += encoder.gap(gap) }
        lines += encoder.frame(item.frame.poses.written(at: UTC.now()))
        if item.frame.poses.revision == 0 { sink.people(item.frame.poses.people.count { $0.track != nil }) }
        try sink.records(lines)
        tracks?.note(item.frame.poses)
        return true
    }

    private mutating func lose(_ count: Int) {
        guard count > 0 else { return }
        lost += count
        report.update { $0.lost += count }
    }

    private mutating func retreat(after error: any Error) throws {
        sink = nil
        let isReaderGone = if case DeliveryError.readerGone? = error as? DeliveryError { true } else { false }
        if onFailure == .end || isReaderGone && onFailure == .retryUntilReaderGoes { throw error }
        let wait = backOff.wait()
        nextTry = .now + wait
        report.update { $0.failures += 1 }
        logger.warning("\(error)", metadata: ["next_try": "\(inSeconds(wait))"])
    }
}

extension PoseFrame {
    /// With the time that passed since a live picture was taken.
    fileprivate func written(at unixNanoseconds: Int64) -> PoseFrame {
        guard var capture else { return self }
        capture.latency = max(0, Double(unixNanoseconds - capture.unixNanoseconds) / 1e9)
        var frame = self
        frame.capture = capture
        return frame
    }
}
