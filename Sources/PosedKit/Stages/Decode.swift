import Flow
import Media
import PoseTypes
import Settings
import Synchronization

/// The frames of a file.
struct Decode: Source {
    /// What was read so far.
    final class Report: Sendable {
        private struct State {
            var reader: ReaderStatistics?
            var first: Timestamp?
            var last: Timestamp?
        }

        private let state = Mutex(State())

        var warning: String? { state.withLock { $0.reader?.warning } }

        /// Seconds from the first frame's time to the last's.
        var span: Double {
            state.withLock { state in
                guard let first = state.first, let last = state.last else { return 0 }
                return last - first
            }
        }

        fileprivate func note(_ time: Timestamp?, _ reader: ReaderStatistics) {
            state.withLock { state in
                state.reader = reader
                state.first = state.first ?? time
                state.last = time ?? state.last
            }
        }
    }

    private let reader: VideoReader
    private let report: Report
    /// Read already, to see that there is one.
    private var first: VideoFrame?

    init(_ reader: VideoReader, first: VideoFrame, report: Report) {
        self.reader = reader
        self.first = first
        self.report = report
    }

    var interrupt: @Sendable () -> Void { { [interrupt = reader.interrupt] in interrupt.interrupt() } }

    mutating func next() throws -> VideoFrame? {
        let frame = try first.take() ?? reader.next()
        report.note(frame?.time, reader.statistics)
        return frame
    }
}
