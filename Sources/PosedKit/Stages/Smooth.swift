import Flow
import PoseTypes
import Synchronization
import Tracking

/// Steadies the joints of everybody who is followed; with a lag, gives every frame again when its future is known.
struct Smooth: Stage {
    /// What following and smoothing did, for whoever started the run; complete when the stage has finished.
    final class Report: Sendable {
        fileprivate struct Counts {
            /// Told apart.
            var people = 0
            var revisions = 0
            var jointsHeldBack = 0
            var swapsUndone = 0
        }

        fileprivate let counts = Mutex(Counts())

        /// Frames that were given again.
        var revisions: Int { counts.withLock { $0.revisions } }
    }

    private let report: Report
    private var smoother: PoseSmoother
    private var counts = Report.Counts()

    init(_ smoother: PoseSmoother, report: Report) {
        self.smoother = smoother
        self.report = report
    }

    mutating func process(_ frame: PosedFrame, emit: (PosedFrame) -> Void) {
        counts.people += frame.poses.events.count { $0.kind == .start }
        for poses in smoother.smooth(frame.poses) {
            if poses.revision == 0 { emit(PosedFrame(image: frame.image, poses: poses)) } else { revise(poses, emit) }
        }
    }

    mutating func finish(emit: (PosedFrame) -> Void) {
        for poses in smoother.finish() { revise(poses, emit) }
        (counts.jointsHeldBack, counts.swapsUndone) = (smoother.counts.jointsHeldBack, smoother.counts.swapsUndone)
        report.counts.withLock { $0 = counts }
    }

    private mutating func revise(_ poses: PoseFrame, _ emit: (PosedFrame) -> Void) {
        counts.revisions += 1
        emit(PosedFrame(image: nil, poses: poses))
    }
}

extension Smooth.Report: CustomStringConvertible {
    /// In a line for a person: `3 people; 12 joints held back, 2 swaps undone`.
    var description: String {
        let counts = counts.withLock { $0 }
        let joints = counted(counts.jointsHeldBack, "joint held back", "joints held back")
        let swaps = counted(counts.swapsUndone, "swap undone", "swaps undone")
        return "\(counted(counts.people, "person", "people")); \(joints), \(swaps)"
    }
}
