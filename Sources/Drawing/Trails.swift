import PoseTypes

/// Where the hands and feet of people with a track have been for the last seconds of media time.
///
/// A trail outlives its person until it has faded. Memory is bounded whatever the frame rate: a track holds 30 places a
/// second, and is forgotten once they have all faded.
struct Trails: Sendable {
    /// A way from its faded end to the joint.
    struct Line {
        let joint: Int
        let points: [Canvas.TaperPoint]
    }

    private struct Sample {
        var time: Timestamp
        /// One for each of `joints`; nil where it was not drawn.
        var places: [Point?]
        var limb: Float
    }

    /// Seconds from one place to the next, at least.
    private static let shortestStep = 1.0 / 30
    /// Pauses longer than this many seconds are not bridged.
    private static let longestStep = 0.25
    /// A stretch of fewer seconds would be a speck.
    private static let shortestRun = 0.1

    private let joints: [Int]
    private let seconds: Double
    private var ways: [TrackID: [Sample]] = [:]
    private var now: Timestamp?

    init(of skeleton: Skeleton, seconds: Double) {
        self.seconds = seconds
        joints = skeleton.joints.indices.filter { joint in
            ["wrist", "ankle", "paw"].contains { skeleton.joints[joint].contains($0) }
        }
    }

    /// Takes down where people are. Time that runs backward begins anew.
    mutating func add(_ people: some Sequence<(Person, Body)>, at time: Timestamp) {
        if let now, time < now { ways = [:] }
        now = time
        for (person, body) in people {
            guard let id = person.track?.id, !body.joints.isEmpty else { continue }
            let sample = Sample(time: time, places: joints.map { body.joints[$0]?.place }, limb: body.limb)
            var way = ways[id] ?? []
            // The newest place is always known; those before it lie apart.
            if way.count > 1, time - way[way.count - 2].time < Self.shortestStep { way.removeLast() }
            ways[id] = way + [sample]
        }
        ways = ways.compactMapValues { way in
            let fresh = way.drop { time - $0.time >= seconds }
            return fresh.isEmpty ? nil : Array(fresh)
        }
    }

    var sampleCount: Int { ways.values.reduce(0) { $0 + $1.count } }

    func lines(at time: Timestamp) -> [Line] {
        ways.sorted { $0.key < $1.key }.flatMap { _, way in
            joints.indices.flatMap { index in
                runs(of: way, joint: index).map { run in
                    Line(joint: joints[index], points: smooth(run.map { point(of: $0, joint: index, at: time) }))
                }
            }
        }
    }

    /// The stretches without a long pause.
    private func runs(of way: [Sample], joint: Int) -> [[Sample]] {
        var runs: [[Sample]] = []
        for sample in way where sample.places[joint] != nil {
            if let last = runs.last?.last, sample.time - last.time <= Self.longestStep {
                runs[runs.count - 1].append(sample)
            } else {
                runs.append([sample])
            }
        }
        return runs.filter { $0[$0.count - 1].time - $0[0].time >= Self.shortestRun }
    }

    private func point(of sample: Sample, joint: Int, at time: Timestamp) -> Canvas.TaperPoint {
        let freshness = Float(max(0, 1 - (time - sample.time) / seconds))
        return Canvas.TaperPoint(
            place: sample.places[joint]!, radius: sample.limb * (0.25 + 0.75 * freshness), opacity: 0.75 * freshness)
    }

    /// A Catmull-Rom curve through the points, four steps from one to the next.
    private func smooth(_ points: [Canvas.TaperPoint]) -> [Canvas.TaperPoint] {
        func at(_ index: Int) -> Canvas.TaperPoint { points[min(max(index, 0), points.count - 1)] }
        var curve: [Canvas.TaperPoint] = []
        for index in 0..<points.count - 1 {
            let (before, from, to, after) = (at(index - 1), at(index), at(index + 1), at(index + 2))
            for step in 0..<4 {
                let t = Float(step) / 4
                func blend(_ a: Float, _ b: Float, _ c: Float, _ d: Float) -> Float {
                    b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                }
                func mean(_ a: Float, _ b: Float) -> Float { a + t * (b - a) }
                curve.append(
                    Canvas.TaperPoint(
                        place: Point(
                            x: blend(before.place.x, from.place.x, to.place.x, after.place.x),
                            y: blend(before.place.y, from.place.y, to.place.y, after.place.y)),
                        radius: mean(from.radius, to.radius), opacity: mean(from.opacity, to.opacity)))
            }
        }
        return curve + [points[points.count - 1]]
    }
}
