import PoseTypes

/// Where a joint is and how it moves: a Kalman filter for each coordinate, for predicting and for smoothing afterwards.
struct JointMotion: Sendable {
    /// Follows motions up to about 5 Hz of a joint that the network is sure of.
    static let model = Motion.Model(fade: 0.3, drive: 4)

    private(set) var x: Motion
    private(set) var y: Motion
    /// The first observation of the run of observations that this state belongs to.
    let began: Timestamp
    private(set) var lastSeen: Timestamp

    init(_ keypoint: Keypoint, size: Double, at time: Timestamp) {
        let noise = keypoint.noise(size: size)
        x = Motion(position: Double(keypoint.x), variance: noise * noise, speed: size)
        y = Motion(position: Double(keypoint.y), variance: noise * noise, speed: size)
        (began, lastSeen) = (time, time)
    }

    /// Where the camera moved it.
    mutating func follow(_ camera: CameraMotion) { Motion.follow(camera, &x, &y) }

    mutating func predict(_ step: Motion.Step) {
        x.predict(step)
        y.predict(step)
    }

    /// Updates the state with an observation. One farther off than three standard deviations counts as noisier (Huber).
    mutating func update(_ keypoint: Keypoint, size: Double, at time: Timestamp) {
        let noise = keypoint.noise(size: size)
        let expected = 2 * (noise * noise + (x.pp + y.pp) / 2)
        let excess = (squaredDistance(to: keypoint) / (9 * expected)).squareRoot()
        let variance = noise * noise * max(1, excess)
        x.update(Double(keypoint.x), variance: variance)
        y.update(Double(keypoint.y), variance: variance)
        lastSeen = time
    }

    func squaredDistance(to keypoint: Keypoint) -> Double {
        let (dx, dy) = (Double(keypoint.x) - x.position, Double(keypoint.y) - y.position)
        return dx * dx + dy * dy
    }

    func squaredDistance(to other: JointMotion) -> Double {
        let (dx, dy) = (other.x.position - x.position, other.y.position - y.position)
        return dx * dx + dy * dy
    }

    /// This state improved by the smoothed state one `step` later.
    func smoothed(by later: JointMotion, after step: Motion.Step) -> JointMotion {
        var result = self
        result.x = x.smoothed(by: later.x, after: step)
        result.y = y.smoothed(by: later.y, after: step)
        return result
    }
}

extension Keypoint {
    /// The part of a joint's deviation that changes from frame to frame.
    static let trembling = 0.2

    /// By how many pixels a joint trembles from frame to frame (one standard deviation of each coordinate).
    ///
    /// The heatmap's spread says how far off a joint may be; most of that stays the same from frame to frame, and a fifth
    /// of it trembles. Without it, the score tells: 0.0038 sizes / score. Measured; see docs/following.md.
    func noise(size: Double) -> Double {
        let noise = sigma.map { Self.trembling * Double($0) } ?? 0.0038 * size / Double(max(score, 0.02))
        return min(max(noise, 0.002 * size), 0.2 * size)
    }

    /// One standard deviation in pixels: the heatmap's, or what trembling says about it.
    func deviation(size: Double) -> Float { sigma ?? Float(noise(size: size) / Self.trembling) }
}
