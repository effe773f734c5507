import PoseTypes

/// Smooths the joints of one person.
struct TrackSmoother: Sendable {
    private(set) var cleaner: PoseCleaner
    private(set) var lastSeen: Timestamp
    private var filters: [Filter?]
    /// The recent past, for looking at it again when its future is known.
    private var history: [Moment] = []

    private struct Filter {
        var point: OneEuroFilter
        var updated: Timestamp
        /// Of the last sighting.
        var sigma: Float

        init(_ keypoint: Keypoint, at time: Timestamp, size: Double) {
            point = OneEuroFilter(x: Double(keypoint.x), y: Double(keypoint.y))
            updated = time
            sigma = keypoint.deviation(size: size)
        }

        mutating func update(_ keypoint: Keypoint, at time: Timestamp, size: Double, _ settings: OneEuroFilter.Settings) {
            point.update(
                x: Double(keypoint.x), y: Double(keypoint.y), step: max(1e-4, time - updated), size: size,
                weight: keypoint.weight(size: size), settings)
            updated = time
            sigma = keypoint.deviation(size: size)
        }
    }

    private struct Moment {
        let time: Timestamp
        /// From the moment before to this one.
        let step: Motion.Step
        let motions: [JointMotion?]
    }

    init(_ skeleton: Skeleton, box: BoundingBox, at time: Timestamp) {
        cleaner = PoseCleaner(skeleton, box: box, at: time)
        filters = Array(repeating: nil, count: skeleton.joints.count)
        lastSeen = time
    }

    /// The person's joints as far as the past tells. Joints that the network is sure of are smoothed by themselves; the others
    /// go with the body, as far as they are not seen.
    mutating func smooth(_ person: Person, at time: Timestamp, _ settings: PoseSmoother.Settings) -> [Joint] {
        let keypoints = cleaner.clean(
            person, at: time, repairsSwaps: settings.repairsSwaps, gatesBones: settings.gatesBones)
        let size = cleaner.size
        let euro = OneEuroFilter.Settings(minCutoff: settings.minCutoff, beta: settings.beta)
        lastSeen = time
        var shifts: (x: [Double], y: [Double]) = ([], [])
        var rest: [Int] = []
        for joint in filters.indices {
            if let filter = filters[joint], time - filter.updated > PoseCleaner.hold { filters[joint] = nil }
            guard let keypoint = keypoints[joint], keypoint.weight(size: size) >= 0.5 || filters[joint] == nil else {
                rest.append(joint)
                continue
            }
            guard let before = filters[joint]?.point else {
                filters[joint] = Filter(keypoint, at: time, size: size)
                continue
            }
            filters[joint]?.update(keypoint, at: time, size: size, euro)
            guard let after = filters[joint]?.point else { continue }
            shifts.x.append(after.x - before.x)
            shifts.y.append(after.y - before.y)
        }
        let (dx, dy) = (median(shifts.x), median(shifts.y))
        for joint in rest {
            filters[joint]?.point.move(x: dx, y: dy)
            if let keypoint = keypoints[joint] { filters[joint]?.update(keypoint, at: time, size: size, euro) }
        }
        return filters.map { filter in
            guard let filter else { return .missing }
            let unseen = Float(time - filter.updated)
            // A joint that nobody sees moves by about half a size a second beside the body.
            let drift = 0.5 * Float(size) * unseen
            let place = Joint.Place(
                x: Float(filter.point.x), y: Float(filter.point.y),
                sigma: (filter.sigma * filter.sigma + drift * drift).squareRoot())
            return unseen > 0 ? .predicted(place) : .observed(place)
        }
    }

    /// Keeps what is needed to look again at frames since `start`.
    mutating func remember(since start: Timestamp) {
        history.append(Moment(time: lastSeen, step: cleaner.step, motions: cleaner.motions))
        history.removeAll { $0.time < start }
    }

    /// The joints of a past frame, smoothed with what came after it; `joints` as they were then.
    func revise(_ joints: [Joint], at time: Timestamp) -> [Joint] {
        guard let moment = history.lastIndex(where: { $0.time == time }) else { return joints }
        return joints.enumerated().map { joint, known in
            guard let motion = smoothed(joint, at: moment) else { return known }
            let place = Joint.Place(
                x: Float(motion.x.position), y: Float(motion.y.position),
                sigma: known.place?.sigma ?? Float(motion.x.pp).squareRoot())
            return history[moment].motions[joint]?.lastSeen == time ? .observed(place) : .predicted(place)
        }
    }

    /// Runs back from the newest state of a joint that belongs to the same stretch of sightings; nil where none came after.
    private func smoothed(_ joint: Int, at moment: Int) -> JointMotion? {
        guard let own = history[moment].motions[joint] else { return nil }
        var last = moment
        while last + 1 < history.count, history[last + 1].motions[joint]?.began == own.began { last += 1 }
        guard let newest = history[last].motions[joint],
            newest.lastSeen > history[moment].time || own.lastSeen == history[moment].time
        else { return nil }
        var state = newest
        for index in stride(from: last - 1, through: moment, by: -1) {
            guard let earlier = history[index].motions[joint] else { return nil }
            state = earlier.smoothed(by: state, after: history[index + 1].step)
        }
        return state
    }
}

extension Keypoint {
    /// 1 for a joint that trembles by no more than 0.01 sizes, less in proportion to its variance.
    fileprivate func weight(size: Double) -> Double {
        let noise = noise(size: size) / (0.01 * size)
        return min(1, max(0.02, 1 / (noise * noise)))
    }
}
