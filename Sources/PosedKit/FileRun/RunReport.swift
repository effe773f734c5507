import Basics
import Flow
import Settings

/// What became of one input, and where the time went.
package struct RunReport: Sendable {
    package let job: FileJob
    /// Frames whose records were written.
    package let frames: Int
    /// What was wrong with the input, in one line.
    package let warning: String?
    let stages: [StageStatistics]
    /// Seconds that the run took.
    let wall: Double
    /// People in frames, each person once a frame; nil without tracking.
    let sightings: Int?
    /// Seconds from a decoded frame to its record.
    let latencies: Histogram
    private let span: Double
    /// What tracking and smoothing did; nil without tracking.
    private let people: String?

    init(
        job: FileJob, opening: StageStatistics, pipeline: [StageStatistics], parts: [StageStatistics],
        decoding: Decode.Report, tracking: TrackingReport? = nil,
        latencies: Histogram = FrameLatency().times, wall: Double
    ) {
        self.job = job
        self.wall = wall
        warning = decoding.warning
        // Sinks get revised frames beside the others.
        let sinks = pipeline.filter { $0.role == .sink }.map { sink in
            var sink = sink
            sink.items -= tracking?.counts.revisions ?? 0
            return sink
        }
        frames = sinks.first { $0.name == "write" }?.items ?? 0
        span = decoding.span
        people = tracking?.description
        sightings = tracking?.counts.sightings
        self.latencies = latencies
        // The middle is measured in parts, which say more.
        stages = [opening] + pipeline.filter { $0.role == .source } + parts + sinks
    }

    /// Frames a second.
    var rate: Double { Double(frames) / max(wall, 1e-9) }
}

extension RunReport: CustomStringConvertible {
    /// The summary for a person: a line, who was in it, and a line a stage.
    ///
    ///     squat.mp4: 322 frames in 9.8 s: 32.9 fps, 1.1 x real time
    ///       1 person; 12 joints held back
    ///       decode       3.10 ms x 322   10 %
    package var description: String {
        // The last frame lasts as long as the others.
        let media = frames > 1 ? span * Double(frames) / Double(frames - 1) : 0
        let realTime = media > 0 ? ", \(decimals(media / max(wall, 1e-9), 1)) x real time" : ""
        let summary = "\(counted(frames, "frame", "frames")) in \(decimals(wall, 1)) s: \(decimals(rate, 1)) fps"
        let lines = stages.filter { $0.items > 0 }.map { stage in
            let busy = stage.busy / .seconds(1)
            let time = decimals(busy * 1000 / Double(stage.items), 2).led(to: 8)
            let share = decimals(100 * busy / max(wall, 1e-9), 0).led(to: 3)
            return "  \(stage.name.prefix(9).padded(to: 9)) \(time) ms x \("\(stage.items)".padded(to: 7)) \(share) %"
        }
        return (["\(job.input): \(summary)\(realTime)"] + (people.map { ["  \($0)"] } ?? []) + lines).joined(separator: "\n")
    }
}
