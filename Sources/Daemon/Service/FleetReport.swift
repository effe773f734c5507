import Basics
import Media
import Settings

/// What the service manager shows: `3 streams, 2 live, 1 waiting: 48.1 fps, 3 people`.
struct FleetReport {
    private var last: (time: ContinuousClock.Instant, frames: Int)?

    /// A line every few seconds; nil in between.
    mutating func line(of streams: [StreamStatus], at now: ContinuousClock.Instant) -> String? {
        let frames = streams.map(\.counts.frames).reduce(0, +)
        let before = last ?? (now - .seconds(5), 0)
        guard now - before.time >= .seconds(5) else { return nil }
        last = (now, frames)
        let rate = Double(max(0, frames - before.frames)) / ((now - before.time) / .seconds(1))
        let states = Dictionary(grouping: streams) { $0.source?.state.rawValue ?? "connecting" }
        let counts = states.sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
        let people = streams.map(\.counts.people).reduce(0, +)
        let fps = (rate * 10).rounded() / 10
        return "\(counted(streams.count, "stream", "streams")) (\(counts)): \(fps) fps, \(counted(people, "person", "people"))"
    }
}
