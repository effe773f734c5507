import Flow
import Foundation
import Settings

/// What became of one input, and where the time went.
package struct RunReport: Sendable {
    package let job: FileJob
    /// Frames whose records were written.
    package let frames: Int
    /// What was wrong with the input, in one line.
    package let warning: String?
    private let stages: [StageStatistics]
    private let wall: Double
    private let span: Double
    /// What tracking and smoothing did; nil without tracking.
    private let people: String?

    init(
        job: FileJob, opening: StageStatistics, pipeline: [StageStatistics], parts: [StageStatistics],
        decoding: Decode.Report, tracking: TrackingReport? = nil, wall: Double
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
        // The middle is measured in parts, which say more.
        stages = [opening] + pipeline.filter { $0.role == .source } + parts + sinks
    }
}

extension RunReport: CustomStringConvertible {
    /// The summary for a person: a line, who was in it, and a line a stage.
    ///
    ///     squat.mp4: 322 frames in 9.8 s: 32.9 fps, 1.1 x real time
    ///       1 person; 12 joints held back, 2 swaps undone
    ///       decode       3.10 ms x 322   10 %
    package var description: String {
        let rate = Double(frames) / max(wall, 1e-9)
        // The last frame lasts as long as the others.
        let media = frames > 1 ? span * Double(frames) / Double(frames - 1) : 0
        let realTime = media > 0 ? String(format: ", %.1f x real time", media / max(wall, 1e-9)) : ""
        let summary = String(format: "%d frame%@ in %.1f s: %.1f fps", frames, frames == 1 ? "" : "s", wall, rate)
        let lines = stages.filter { $0.items > 0 }.map { stage in
            let busy = stage.busy / .seconds(1)
            return String(
                format: "  %@ %8.2f ms x %-7d %3.0f %%", stage.name.padding(toLength: 9, withPad: " ", startingAt: 0),
                busy * 1000 / Double(stage.items), stage.items, 100 * busy / max(wall, 1e-9))
        }
        return (["\(job.input): \(summary)\(realTime)"] + (people.map { ["  \($0)"] } ?? []) + lines).joined(separator: "\n")
    }
}
