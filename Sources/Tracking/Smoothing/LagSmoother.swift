import PoseTypes

/// Smooths a person's joints with what comes up to `lag` seconds later: outliers are dropped once a moment of their future is known, a
/// Kalman filter follows as far behind, and the Rauch-Tung-Striebel recursion runs back from there (fixed-lag smoothing).
struct LagSmoother: Sendable {
    /// However close in time they are.
    static let maxSamples = 3000
    private let lag: Double
    /// Seconds on each side that a joint is compared with.
    private let reach: Double
    private var samples: [Sample] = []
    /// How many of `samples` are filtered.
    private var filtered = 0

    private struct Sample {
        let time: Timestamp
        let size: Double
        /// In the newest picture, as all places here.
        var keypoints: [Keypoint?]
        /// From its own picture to the newest one.
        var camera = CameraMotion.none
        /// From the sample before to this one.
        let step: Motion.Step
        /// Once it is filtered.
        var motions: [JointMotion?] = []
    }

    init(lag: Double) {
        self.lag = lag
        reach = min(Hampel.reach, 0.6 * lag)
    }

    /// Takes in the joints that were seen.
    mutating func append(_ keypoints: [Keypoint?], size: Double, at time: Timestamp) {
        let seconds = samples.last.map { time - $0.time } ?? 0
        samples.append(
            Sample(
                time: time, size: size, keypoints: keypoints,
                step: Motion.Step(seconds: seconds, JointMotion.model, scale: size)))
        filter(until: reach)
        let past = samples.prefix { time - $0.time > lag + reach }.count
        let old = min(filtered - 1, max(past, samples.count - 2 * Self.maxSamples))
        guard old > 0 else { return }
        samples.removeFirst(old)
        filtered -= old
    }

    /// Where the camera moved what was seen.
    mutating func follow(_ camera: CameraMotion) {
        for index in samples.indices {
            samples[index].camera = camera.after(samples[index].camera)
            for joint in samples[index].keypoints.indices {
                samples[index].keypoints[joint] = samples[index].keypoints[joint]?.moved(by: camera)
            }
            for joint in samples[index].motions.indices { samples[index].motions[joint]?.follow(camera) }
        }
    }

    /// Nothing comes after.
    mutating func finish() { filter(until: 0) }

    /// The joints of a past sample; `known` where there is nothing better.
    func joints(at time: Timestamp, known: [SmoothedKeypoint]) -> [SmoothedKeypoint] {
        guard let index = samples.prefix(filtered).lastIndex(where: { $0.time == time }),
            let back = samples[index].camera.inverse
        else { return known }
        return known.enumerated().map { joint, known in
            guard let motion = smoothed(joint, at: index) else { return known }
            let (x, y) = back(x: motion.x.position, y: motion.y.position)
            let place = SmoothedKeypoint.Place(
                x: Float(x), y: Float(y),
                sigma: known.place?.sigma ?? Float(max(motion.x.pp, motion.y.pp).squareRoot() / Keypoint.trembling))
            return samples[index].motions[joint]?.lastSeen == time ? .observed(place) : .predicted(place)
        }
    }

    /// Filters the samples that are at least `age` seconds old.
    private mutating func filter(until age: Double) {
        guard let now = samples.last?.time else { return }
        while filtered < samples.count, now - samples[filtered].time >= age || samples.count - filtered > Self.maxSamples {
            let sample = samples[filtered]
            let near = max(0, filtered - Hampel.maxNeighbours)...min(samples.count - 1, filtered + Hampel.maxNeighbours)
            let window = near.filter { abs(samples[$0].time - sample.time) <= reach }
            var motions = filtered > 0 ? samples[filtered - 1].motions : Array(repeating: nil, count: sample.keypoints.count)
            for joint in motions.indices {
                if let motion = motions[joint], sample.time - motion.lastSeen > PoseCleaner.hold { motions[joint] = nil }
                motions[joint]?.predict(sample.step)
                guard let keypoint = sample.keypoints[joint], !isOutlier(joint, keypoint, among: window, sample.size) else {
                    continue
                }
                if motions[joint] == nil {
                    motions[joint] = JointMotion(keypoint, size: sample.size, at: sample.time)
                } else {
                    motions[joint]?.update(keypoint, size: sample.size, at: sample.time)
                }
            }
            samples[filtered].motions = motions
            filtered += 1
        }
    }

    private func isOutlier(_ joint: Int, _ keypoint: Keypoint, among window: [Int], _ size: Double) -> Bool {
        let neighbours = window.compactMap { samples[$0].keypoints[joint] }
        let least = Hampel.minSpread * size
        return Hampel.isOutlier(Double(keypoint.x), among: neighbours.map { Double($0.x) }, least: least)
            || Hampel.isOutlier(Double(keypoint.y), among: neighbours.map { Double($0.y) }, least: least)
    }

    /// Runs back from the newest state of the same stretch of sightings; nil where none came at or after the sample.
    private func smoothed(_ joint: Int, at index: Int) -> JointMotion? {
        guard let own = samples[index].motions[joint] else { return nil }
        var last = index
        while last + 1 < filtered, samples[last + 1].motions[joint]?.began == own.began { last += 1 }
        guard var state = samples[last].motions[joint], state.lastSeen >= samples[index].time else { return nil }
        for earlier in stride(from: last - 1, through: index, by: -1) {
            guard let motion = samples[earlier].motions[joint] else { return nil }
            state = motion.smoothed(by: state, after: samples[earlier + 1].step)
        }
        return state
    }
}
