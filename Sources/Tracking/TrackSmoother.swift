import PoseTypes

/// Smooths the joints of one person.
struct TrackSmoother: Sendable {
    private(set) var cleaner: PoseCleaner
    private(set) var lastSeen: Timestamp
    private var filters: [Filter?]
    private var lag: LagSmoother?

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

    init(_ skeleton: Skeleton, box: BoundingBox, at time: Timestamp, lag: Double?) {
        cleaner = PoseCleaner(skeleton, box: box, at: time)
        filters = Array(repeating: nil, count: skeleton.joints.count)
        self.lag = lag.map(LagSmoother.init)
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
        lag?.append(keypoints, size: size, at: time)
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

    /// The joints of a past frame, smoothed with what came after it; `known` as they were then.
    func revise(_ known: [Joint], at time: Timestamp) -> [Joint] { lag?.joints(at: time, known: known) ?? known }

    /// Nothing comes after.
    mutating func finish() { lag?.finish() }
}

extension Keypoint {
    /// 1 for a joint that trembles by no more than 0.01 sizes, less in proportion to its variance.
    fileprivate func weight(size: Double) -> Double {
        let noise = noise(size: size) / (0.01 * size)
        return min(1, max(0.02, 1 / (noise * noise)))
    }
}
