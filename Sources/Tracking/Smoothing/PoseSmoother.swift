import PoseTypes

/// Smooths the keypoints of every track: at once in each frame, and again `lag` seconds later with the frames that followed.
///
/// For each person it rejects joints that jumped away, smooths the rest, and predicts what is not seen for
/// a moment. A joint unseen for longer is missing, and starts anew when it is seen again.
package struct PoseSmoother: Sendable {
    /// The smoother's settings; docs/following.md explains each and says how the defaults were found.
    package struct Settings: Sendable, Equatable {
        /// Hz: what a joint at rest is smoothed with. Lower: calmer at rest, later to move.
        package var minCutoff = 0.5
        /// Hz per size/s: how much motion opens the filter. Higher: less lag, less smoothing of motion.
        package var beta = 3.0
        package var gatesBones = true
        /// Seconds after which a frame is given again, smoothed with what came after it; nil for never.
        package var lag: Double?

        package init() {}
    }

    /// What was done so far.
    package struct Counts: Sendable, Equatable {
        /// Joints that jumped away and were predicted instead.
        package var jointsHeldBack = 0
    }

    package let settings: Settings
    private let skeleton: Skeleton
    private let neighbours: JointNeighbours
    private var tracks: [TrackID: TrackSmoother] = [:]
    private var pending: [PoseFrame] = []
    private var finished = Counts()

    package init(skeleton: Skeleton, settings: Settings = Settings()) {
        self.skeleton = skeleton
        neighbours = JointNeighbours(skeleton)
        self.settings = settings
    }

    package var counts: Counts {
        tracks.values.reduce(into: finished) { $0.add($1) }
    }

    /// The frame with the smoothed keypoints of every track, then the earlier frames whose `lag` is over.
    package mutating func smooth(_ frame: PoseFrame) -> [PoseFrame] {
        var frame = frame
        if frame.camera != .none { for id in tracks.keys { tracks[id]?.follow(frame.camera) } }
        for index in frame.people.indices {
            let person = frame.people[index]
            guard let id = person.track?.id else { continue }
            frame.people[index].track?.joints =
                tracks[
                    id, default: TrackSmoother(skeleton, box: person.box, at: frame.time, lag: settings.lag)
                ].smooth(person, at: frame.time, neighbours, settings)
        }
        forget(before: frame.time)
        guard let lag = settings.lag else { return [frame] }
        pending.append(frame)
        let tooMany = pending.count - LagSmoother.maxSamples
        let due = pending.enumerated().prefix { $0 < tooMany || frame.time - $1.time >= lag }.map { revised($1) }
        pending.removeFirst(due.count)
        return [frame] + due
    }

    /// The frames that still wait for their `lag`, smoothed with what there is.
    package mutating func finish() -> [PoseFrame] {
        defer { pending = [] }
        for id in tracks.keys { tracks[id]?.finish() }
        return pending.map(revised)
    }

    private func revised(_ frame: PoseFrame) -> PoseFrame {
        var frame = frame
        frame.revision = 1
        frame.events = []
        for index in frame.people.indices {
            guard let track = frame.people[index].track, let smoother = tracks[track.id] else { continue }
            frame.people[index].track?.joints = smoother.revise(track.joints, at: frame.time)
        }
        return frame
    }

    /// Drops tracks that ended longer ago than anything here looks back.
    private mutating func forget(before time: Timestamp) {
        let memory = max(2, PoseCleaner.hold + (settings.lag ?? 0))
        for (id, track) in tracks where time - track.lastSeen > memory {
            finished.add(track)
            tracks[id] = nil
        }
    }
}

extension PoseSmoother.Counts {
    fileprivate mutating func add(_ track: TrackSmoother) {
        jointsHeldBack += track.cleaner.gate.count
    }
}
