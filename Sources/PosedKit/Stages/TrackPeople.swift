import Basics
import Flow
import Models
import PoseTypes
import Settings
import Synchronization
import Tracking

/// The middle of every pipeline: detects the people of a frame, estimates their poses, tracks and smooths them. One stage, because
/// where people are looked for depends on where they were, and because nothing after the networks takes long enough for a thread
/// of its own.
///
///     frame ──▶ detect, or where the tracker expects them ──▶ estimate ──▶ track ──▶ smooth
///                                  ▲                                         │
///                                  └─────────────────────────────────────────┘
///
/// It gives out the frame, and with a lag also earlier frames again, revised.
package struct TrackPeople: Stage {
    /// The people of a frame, in any order, low-score detections too: what the tracker cannot use is not looked at further.
    typealias Detect = (VideoFrame) throws -> [Detection]
    /// A pose for every box.
    typealias Estimate = (Image, [BoundingBox]) throws -> [Pose]

    /// The time that each part takes.
    package struct Meters: Sendable {
        let camera = StageMeter(name: "camera")
        let detecting = StageMeter(name: "detect")
        let estimating = StageMeter(name: "estimate")
        let tracking = StageMeter(name: "follow")
        let smoothing = StageMeter(name: "smooth")

        package init() {}

        package var statistics: [StageStatistics] { [camera, detecting, estimating, tracking, smoothing].map(\.statistics) }
    }

    private let detect: Detect
    private let estimate: Estimate
    private let maxPersons: Int
    private let isWanted: (BoundingBox, Image) -> Bool
    private let isPicture: Bool
    private let calibration: ScoreCalibration
    private let meters: Meters
    private let report: TrackingReport
    private var tracker: Tracker
    private var camera = CameraMotionEstimator()
    private let colours: BodyColours?
    private let makeSmoother: (() -> PoseSmoother)?
    private var smoother: PoseSmoother?
    /// Events of tracks that ended between two frames; the next frame carries them.
    private var endings: [TrackEvent] = []

    /// - Parameters:
    ///   - smoother: nil to smooth nothing.
    ///   - maxPersons: keeps this many people with the highest scores; nil keeps all.
    ///   - isWanted: whether a person in this box of the image is looked at.
    ///   - isPicture: whether the input is a single image, in which people have no identity.
    ///   - calibration: of the scores of `detect`, for the tracker: people keep their raw scores.
    init(
        tracker: Tracker, smoother: (() -> PoseSmoother)? = nil, maxPersons: Int? = nil,
        isWanted: @escaping (BoundingBox, Image) -> Bool = { _, _ in true }, isPicture: Bool = false,
        calibration: ScoreCalibration = .none, meters: Meters = Meters(), report: TrackingReport = TrackingReport(),
        detect: @escaping Detect, estimate: @escaping Estimate
    ) {
        self.tracker = tracker
        colours = isPicture ? nil : BodyColours(tracker.skeleton)
        makeSmoother = isPicture ? nil : smoother
        self.smoother = makeSmoother?()
        self.maxPersons = maxPersons ?? .max
        self.isWanted = isWanted
        self.isPicture = isPicture
        self.calibration = calibration
        self.meters = meters
        self.report = report
        self.detect = detect
        self.estimate = estimate
    }

    package mutating func process(_ frame: VideoFrame, emit: (FrameWithPoses) -> Void) throws {
        for frame in try track(frame) { emit(frame) }
    }

    package mutating func finish(emit: (FrameWithPoses) -> Void) { for frame in flush() { emit(frame) } }

    /// The frame with its people, then the earlier frames that it revises.
    package mutating func track(_ frame: VideoFrame) throws -> [FrameWithPoses] {
        let poses = try poses(of: frame)
        report.update { report in
            report.people += poses.events.count { $0.kind == .start }
            report.sightings += poses.people.count
        }
        guard smoother != nil else { return [FrameWithPoses(image: frame.image, poses: poses)] }
        return meters.smoothing.measure { smoother!.smooth(poses) }.map { poses in
            poses.revision == 0 ? FrameWithPoses(image: frame.image, poses: poses) : revised(poses)
        }
    }

    /// Ends every track, since what comes next has another geometry, and gives out what waited for its lag. Numbers go on: no id is
    /// given twice.
    package mutating func restart() -> [FrameWithPoses] {
        let waiting = flush()
        endings += tracker.finish()
        smoother = makeSmoother?()
        camera = CameraMotionEstimator()
        return waiting
    }

    /// The frames that wait for their lag, smoothed with what there is.
    package mutating func flush() -> [FrameWithPoses] {
        guard let waiting = smoother?.finish(), let counts = smoother?.counts else { return [] }
        report.update { report in
            report.jointsHeldBack += counts.jointsHeldBack
        }
        return waiting.map(revised)
    }

    private func revised(_ poses: PoseFrame) -> FrameWithPoses {
        report.update { $0.revisions += 1 }
        return FrameWithPoses(image: nil, poses: poses)
    }

    private mutating func poses(of frame: VideoFrame) throws -> PoseFrame {
        let image = frame.image
        if isPicture { return try picture(frame) }
        let motion = meters.camera.measure { camera.motion(to: image, ignoring: tracker.places) }
        let prediction = tracker.predict(at: frame.time, width: image.width, height: image.height, camera: motion)
        let isDetected = prediction.cause != nil
        var detections = isDetected ? try meters.detecting.measure { try detect(frame) } : []
        for index in detections.indices { detections[index].score = calibration.calibrated(detections[index].score) }
        detections = tracker.candidates(from: detections)
        let carried = isDetected ? tracker.missed(by: detections) : prediction.people
        let places = topScoring(detections, in: image, maxPersons)
        let expected = topScoring(carried, in: image, maxPersons - places.count)
        let people = try people(places + expected, in: image)
        var update = meters.tracking.measure {
            let (seen, others) = (Array(people.prefix(places.count)), Array(people.dropFirst(places.count)))
            return tracker.update(with: isDetected ? seen : nil, carried: others, at: frame.time)
        }
        for index in update.people.indices { update.people[index].score = calibration.raw(update.people[index].score) }
        update.events = endings + update.events
        endings = []
        return PoseFrame(
            index: frame.index, time: frame.time, people: update.people, events: update.events, capture: frame.capture,
            camera: motion)
    }

    /// The people of a single image: all that the detector is sure of, since nothing comes that could tell which of them are one.
    private func picture(_ frame: VideoFrame) throws -> PoseFrame {
        let sure = try meters.detecting.measure { try detect(frame) }.filter { $0.score >= tracker.settings.threshold }
        let people = try people(topScoring(sure, in: frame.image, maxPersons), in: frame.image)
        return PoseFrame(index: frame.index, time: frame.time, people: people, capture: frame.capture)
    }

    /// The wanted detections; if there are more than `count`, those with the highest scores.
    private func topScoring(_ places: [Detection], in image: Image, _ count: Int) -> [Detection] {
        Array(places.filter { isWanted($0.box, image) }.sorted { $0.score > $1.score }.prefix(count))
    }

    private func people(_ detections: [Detection], in image: Image) throws -> [Person] {
        guard !detections.isEmpty else { return [] }
        let poses = try meters.estimating.measure { try estimate(image, detections.map(\.box)) }
        return zip(detections, poses).map { detection, pose in
            var person = Person(box: detection.box, score: detection.score, pose: pose, category: detection.category)
            person.appearance = colours?(image, pose)
            return person
        }
    }
}

extension TrackPeople {
    /// Makes the stage from a user's networks and settings, for files, streams and single images.
    package init(
        _ networks: PoseNetworks, _ settings: PoseSettings, boxes: BoxesFile? = nil, regions: Regions = Regions(),
        isPicture: Bool = false, isLive: Bool = false, meters: Meters, report: TrackingReport = TrackingReport()
    ) {
        var tracking = settings.tracking(isLive: isLive)
        // A person without a box in the boxes file is absent.
        if boxes != nil { tracking.trustDetections() }
        // A picture's people are those above the detector's own score.
        let lowest = isPicture ? settings.lowestScore : networks.calibration.raw(settings.lowestScore)
        self.init(
            tracker: Tracker(skeleton: networks.skeleton, settings: tracking),
            smoother: { PoseSmoother(skeleton: networks.skeleton, settings: settings.smoothing) },
            maxPersons: settings.maxPersons,
            isWanted: { box, image in regions.contains(box, in: (image.width, image.height)) }, isPicture: isPicture,
            calibration: networks.calibration, meters: meters, report: report
        ) { frame in
            if let boxes { return boxes.detections(in: frame.index) }
            return try networks.detect(in: frame.image, threshold: lowest)
        } estimate: { image, boxes in
            try networks.poses(in: image, boxes: boxes)
        }
    }
}

/// Counts what tracking and smoothing did. The counts are complete when the stage has finished.
package final class TrackingReport: Sendable {
    struct Counts: Equatable {
        /// Tracks that began.
        var people = 0
        /// People in frames: each person once a frame.
        var sightings = 0
        /// Frames that were given out again.
        var revisions = 0
        var jointsHeldBack = 0
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    func update(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }
}

extension TrackingReport: CustomStringConvertible {
    /// In a line for a person: `3 people; 12 joints held back`.
    package var description: String {
        let counts = counts
        let joints = counted(counts.jointsHeldBack, "joint held back", "joints held back")
        return "\(counted(counts.people, "person", "people")); \(joints)"
    }
}
