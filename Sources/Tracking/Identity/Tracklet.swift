import Glibc
import PoseTypes

/// A person that the tracker follows, confirmed or not.
struct Tracklet: Sendable {
    /// Nil until the track is confirmed.
    var id: TrackID?
    private(set) var firstSeen: Timestamp
    private(set) var lastSeen: Timestamp
    /// When the detector last found the person.
    private(set) var lastDetected: Timestamp
    /// Whether the person was not found in the last frame.
    private(set) var isLost = false
    /// The score when the person was last found.
    private(set) var score: Float
    /// What the detector took it for then.
    private(set) var category: String
    private(set) var pose: Pose
    private(set) var motion: BoxMotion
    /// What the person has looked like for about a second, where nobody was in front.
    private(set) var appearance: Appearance?
    /// In how many frames that was seen.
    private(set) var looks = 0.0
    /// The mean over its detections.
    private(set) var evidence: Double
    private var detections = 1.0
    /// Since when the pose has equalled that of an older track.
    var doubleSince: Timestamp?
    /// The score of the pose.
    private(set) var confidence: Float = 1
    /// The running mean of the pose's score.
    private var usualScore: Float
    /// How far the detector's box reaches beyond the keypoints, in parts of their extent.
    private var margins: Margins
    /// The state of `motion` when the person was last found.
    private var anchor: (x: Double, y: Double)

    init(_ person: Person, at time: Timestamp) {
        (firstSeen, lastSeen, lastDetected) = (time, time, time)
        (score, category, pose) = (person.score, person.category, person.pose)
        motion = BoxMotion(person.box)
        evidence = person.evidence
        appearance = person.appearance
        looks = appearance == nil ? 0 : 1
        usualScore = person.pose.score
        margins = BoundingBox(around: person.pose.keypoints).map { Margins(of: person.box, beyond: $0) } ?? Margins()
        anchor = (motion.x.position, motion.y.position)
    }

    /// The predicted motion of the box since the person was last found.
    var shift: (x: Float, y: Float) { (Float(motion.x.position - anchor.x), Float(motion.y.position - anchor.y)) }

    /// Where it should be now, as it was last detected.
    var expectation: Detection { Detection(box: motion.box, score: score, category: category) }

    mutating func predict(_ step: Double) { motion.predict(step) }

    /// Where the camera moved it.
    mutating func follow(_ camera: CameraMotion) {
        motion.follow(camera)
        for joint in pose.keypoints.indices { pose.keypoints[joint] = pose.keypoints[joint].moved(by: camera) }
        anchor = camera(x: anchor.x, y: anchor.y)
    }

    /// Updates the track with a detection. A duplicate pose belongs to another track, so only its box counts.
    mutating func see(_ person: Person, at time: Timestamp, isDouble: Bool, isSure: Bool, isClear: Bool) {
        motion.update(person.box)
        if isClear, !isDouble, let seen = person.appearance {
            looks += 1
            if appearance == nil { appearance = seen }
            appearance?.approach(seen, by: Float(max(1 / looks, Self.share(of: time - lastSeen))))
        }
        if !isDouble, let extent = BoundingBox(around: person.pose.keypoints) {
            margins.approach(Margins(of: person.box, beyond: extent), by: Self.share(of: time - lastSeen))
        }
        (score, category) = (person.score, person.category)
        lastDetected = time
        detections += 1
        evidence += (person.evidence - evidence) / detections
        keep(person.pose, at: time, isDouble: isDouble, isSure: isSure)
    }

    /// Updates the track with a pose from its predicted box, without a detection.
    mutating func carry(_ pose: Pose, at time: Timestamp, isSure: Bool) {
        if let box = box(around: pose) { motion.update(box) }
        keep(pose, at: time, isDouble: false, isSure: isSure)
    }

    /// The box that the detector would give for a pose of this person.
    func box(around pose: Pose) -> BoundingBox? { BoundingBox(around: pose.keypoints).map { margins.box(around: $0) } }

    /// A box of this frame, steadied and drawn to the body: detectors' boxes tremble, and those of half hidden people are loose.
    func settled(_ box: BoundingBox, _ settings: Tracker.Settings) -> BoundingBox {
        let steady = box.moved(settings.boxSteadiness, towards: motion.box)
        return self.box(around: pose).map { steady.moved(settings.boxPoseShare, towards: $0) } ?? steady
    }

    /// Gives the track the identity of somebody who was seen before.
    mutating func become(_ id: TrackID, firstSeen: Timestamp) { (self.id, self.firstSeen) = (id, firstSeen) }

    mutating func lose() {
        isLost = true
        doubleSince = nil
    }

    /// The score of a pose, relative to this track's mean pose score; 1 if the track has no poses yet.
    func confidence(of pose: Pose) -> Float { usualScore > 0 ? pose.score / usualScore : 1 }

    /// - Parameter isSure: whether the pose surely belongs to this track; only such poses update the means.
    private mutating func keep(_ seen: Pose, at time: Timestamp, isDouble: Bool, isSure: Bool) {
        if isDouble {
            let (x, y) = shift
            for joint in pose.keypoints.indices {
                pose.keypoints[joint].x += x
                pose.keypoints[joint].y += y
            }
        } else {
            pose = seen
            confidence = confidence(of: seen)
            if isSure { usualScore += Float(Self.share(of: time - lastSeen)) * (seen.score - usualScore) }
        }
        anchor = (motion.x.position, motion.y.position)
        lastSeen = time
        isLost = false
    }

    /// The weight of a new value in a mean that runs over about a second, `step` seconds after the value before.
    private static func share(of step: Double) -> Double { 1 - exp(-step) }
}

extension BoundingBox {
    /// A part of the way to another one.
    fileprivate func moved(_ share: Float, towards other: BoundingBox) -> BoundingBox {
        BoundingBox(
            x: x + share * (other.x - x), y: y + share * (other.y - y), width: width + share * (other.width - width),
            height: height + share * (other.height - height))
    }
}

/// How far a person reaches beyond the keypoints on each side, in parts of the longer side of their extent.
struct Margins: Sendable {
    /// The medians of people annotated in COCO.
    var (left, top, right, bottom) = (Float(0.07), Float(0.13), Float(0.07), Float(0.08))

    init() {}

    init(of outer: BoundingBox, beyond inner: BoundingBox) {
        let side = max(1, inner.width, inner.height)
        func within(_ value: Float) -> Float { min(max(value, -0.2), 0.5) }
        left = within((inner.x - outer.x) / side)
        top = within((inner.y - outer.y) / side)
        right = within((outer.maxX - inner.maxX) / side)
        bottom = within((outer.maxY - inner.maxY) / side)
    }

    mutating func approach(_ other: Margins, by share: Double) {
        let share = Float(share)
        left += share * (other.left - left)
        top += share * (other.top - top)
        right += share * (other.right - right)
        bottom += share * (other.bottom - bottom)
    }

    func box(around inner: BoundingBox) -> BoundingBox {
        let side = max(1, inner.width, inner.height)
        return BoundingBox(
            x: inner.x - left * side, y: inner.y - top * side, width: inner.width + (left + right) * side,
            height: inner.height + (top + bottom) * side)
    }
}
