import Basics
import Delivery
import Flow
import Logging
import Media
import PoseTypes
import PosedKit
import Records
import Synchronization

/// Hands a stream's records to one outlet, which is made anew whenever it fails: a full disk or a broker that is away costs
/// the records of that time, and nobody but those who read there.
struct DeliverRecords: Sink {
    /// Counts, readable from any thread.
    final class Report: Sendable {
        struct Counts: Equatable {
            /// Records that were handed on.
            var records = 0
            /// Records that never were: the outlet was slow, or away.
            var lost = 0
            var failures = 0
        }

        /// As the pipeline file calls it.
        let name: String
        private let state = Mutex(Counts())

        init(name: String) { self.name = name }

        var counts: Counts { state.withLock { $0 } }

        func update(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }
    }

    /// What a failure of the outlet leads to.
    enum Failure {
        /// It is made anew after a while.
        case retry
        /// The same, but once the reader of a pipe has gone, the pipeline has nobody left to work for.
        case retryUntilReaderGoes
        /// The pipeline ends: its output has to be whole.
        case end
    }

    private let make: () throws -> any RecordSink
    private let onFailure: Failure
    private let report: Report
    private let logger: Logger
    private var backOff: BackOff
    private var outlet: (any RecordSink)?
    private var nextTry = ContinuousClock.now
    /// Of the next item.
    private var number = 0
    /// Since the last record that was handed on.
    private var lost = 0
    /// Records that the outlet said it has lost.
    private var reported = 0
    private var encoder: (number: Int, encoder: RecordEncoder)?
    private var tracks: OpenTracks?

    /// Opens the outlet: a reader may come before the first record, and a path that cannot be written shows at once.
    ///
    /// - Parameters:
    ///   - make: opens the outlet.
    init(
        report: Report, logger: Logger, onFailure: Failure = .retry, backOff: BackOff = BackOff(),
        make: @escaping () throws -> any RecordSink
    ) throws {
        self.make = make
        self.onFailure = onFailure
        self.report = report
        self.logger = logger
        self.backOff = backOff
        do { outlet = try make() } catch { try retreat(after: error) }
    }

    mutating func receive(_ item: StreamItem) throws {
        lose(item.number - number)
        number = item.number + 1
        do {
            guard try deliver(item) else { return lose(1) }
            backOff.reset()
            lost = 0
            let lostThere = outlet?.lost ?? 0
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
            for track in tracks.endings { try outlet?.records(encoder.track(track)) }
        }
        try outlet?.finish()
    }

    /// False while the outlet is away.
    private mutating func deliver(_ item: StreamItem) throws -> Bool {
        if outlet == nil {
            guard ContinuousClock.now >= nextTry else { return false }
            outlet = try make()
            reported = 0
            encoder = nil
        }
        guard let outlet else { return false }
        if encoder?.number != item.headerNumber {
            encoder = (item.headerNumber, RecordEncoder(item.header))
            tracks = tracks ?? OpenTracks(of: item.header)
            try outlet.header(encoder!.encoder.headerLine())
        }
        guard let encoder = encoder?.encoder else { return false }
        var lines: [UInt8] = lost > 0 ? RecordEncoder.lost(records: lost) : []
        if let gap = item.gap { lines += encoder.gap(gap) }
        lines += encoder.frame(item.frame.poses.written(at: UTC.now()))
        if item.frame.poses.revision == 0 { outlet.people(item.frame.poses.people.count { $0.track != nil }) }
        try outlet.records(lines)
        tracks?.note(item.frame.poses)
        return true
    }

    private mutating func lose(_ count: Int) {
        guard count > 0 else { return }
        lost += count
        report.update { $0.lost += count }
    }

    private mutating func retreat(after error: any Error) throws {
        outlet = nil
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
