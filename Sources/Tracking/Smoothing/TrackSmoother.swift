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
        /// One standard deviation in pixels when the joint was last seen.
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

    private struct Shift {
        var x = 0.0
        var y = 0.0

        init(x: Double = 0, y: Double = 0) {
            self.x = x
            self.y = y
        }

        /// In each direction by itself.
        init(medianOf shifts: [Shift]) {
            x = median(shifts.map(\.x))
            y = median(shifts.map(\.y))
        }
    }

    init(_ skeleton: Skeleton, box: BoundingBox, at time: Timestamp, lag: Double?) {
        cleaner = PoseCleaner(skeleton, box: box, at: time)
        filters = Array(repeating: nil, count: skeleton.joints.count)
        self.lag = lag.map(LagSmoother.init)
        lastSeen = time
    }

    /// Where the camera moved the joints.
    mutating func follow(_ camera: CameraMotion) {
        cleaner.follow(camera)
        lag?.follow(camera)
        for joint in filters.indices { filters[joint]?.point.follow(camera) }
    }

    /// The person's joints as far as the past tells. Joints that the network is sure of are smoothed by themselves; the others
    /// are carried along, as far as they are not seen, by the middle of three guesses: with the nearest of those, with most of the
    /// body, or not at all. A hidden foot stays on the ground while the body sinks, and walks when both body and knee do.
    mutating func smooth(
        _ person: Person, at time: Timestamp, _ neighbours: JointNeighbours, _ settings: PoseSmoother.Settings
    ) -> [SmoothedKeypoint] {
        let keypoints = cleaner.clean(person, at: time, gatesBones: settings.gatesBones)
        let size = cleaner.size
        let euro = OneEuroFilter.Settings(minCutoff: settings.minCutoff, beta: settings.beta)
        lastSeen = time
        lag?.append(keypoints, size: size, at: time)
        var shifts = [Shift?](repeating: nil, count: filters.count)
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
            shifts[joint] = Shift(x: after.x - before.x, y: after.y - before.y)
        }
        let body = Shift(medianOf: shifts.compactMap(\.self))
        for joint in rest {
            let kin = Shift(medianOf: neighbours.nearest(to: joint) { shifts[$0] != nil }.compactMap { shifts[$0] })
            let shift = Shift(medianOf: [kin, body, Shift()])
            filters[joint]?.point.move(x: shift.x, y: shift.y)
            if let keypoint = keypoints[joint] { filters[joint]?.update(keypoint, at: time, size: size, euro) }
        }
        return filters.map { filter in
            guard let filter else { return .missing }
            let unseen = Float(time - filter.updated)
            // An unseen joint moves by about half a size a second relative to its neighbours.
            let drift = 0.5 * Float(size) * unseen
            let place = SmoothedKeypoint.Place(
                x: Float(filter.point.x), y: Float(filter.point.y),
                sigma: (filter.sigma * filter.sigma + drift * drift).squareRoot())
            return unseen > 0 ? .predicted(place) : .observed(place)
        }
    }

    /// The joints of a past frame, smoothed with what came after it; `known` as they were then.
    func revise(_ known: [SmoothedKeypoint], at time: Timestamp) -> [SmoothedKeypoint] {
        lag?.joints(at: time, known: known) ?? known
    }

    /// Nothing comes after.
    mutating func finish() { lag?.finish() }
}

extension Keypoint {
    /// 1 for a joint that trembles by no more than 0.012 sizes, less in proportion to its variance.
    fileprivate func weight(size: Double) -> Double {
        let noise = noise(size: size) / (0.012 * size)
        return min(1, max(0.02, 1 / (noise * noise)))
    }
}
