import Delivery
import Flow
import PoseTypes
import Records
import Settings
import Synchronization

/// Takes the people of each frame out of a recording, where a pipeline otherwise finds them.
///
/// Frames and records are matched by their times. Containers store times in units of up to a millisecond, so a copy of
/// the video may differ by that much.
struct ReplayPoses: Stage {
    /// How well the recording fits the video.
    final class Report: Sendable {
        struct Counts {
            var frames = 0
            /// Frames with a record.
            var matched = 0
            /// Those of them whose record has another frame number.
            var renumbered = 0
        }

        private let state = Mutex(Counts())

        var counts: Counts { state.withLock { $0 } }

        fileprivate func note(_ frame: VideoFrame, _ record: PoseFrame?) {
            state.withLock { counts in
                counts.frames += 1
                guard let record else { return }
                counts.matched += 1
                if record.index != frame.index { counts.renumbered += 1 }
            }
        }
    }

    /// In seconds.
    private static let tolerance = 0.002

    private var recording: Recording
    private var entries: ArraySlice<Recording.Entry>
    private let report: Report

    /// - Parameter entries: in the order of time.
    init(from recording: Recording, entries: [Recording.Entry], report: Report) {
        self.recording = recording
        self.entries = entries[...]
        self.report = report
    }

    mutating func process(_ frame: VideoFrame, emit: (FrameWithPoses) -> Void) throws {
        entries = entries.drop { frame.time - $0.time > Self.tolerance }
        var record: PoseFrame?
        if let entry = entries.first, entry.time - frame.time <= Self.tolerance {
            record = try recording.frame(at: entry)
            entries.removeFirst()
        }
        report.note(frame, record)
        emit(
            FrameWithPoses(
                image: frame.image, poses: PoseFrame(index: frame.index, time: frame.time, people: record?.people ?? [])))
    }
}
