import Flow
import PoseTypes
import Tracking

/// Detect, estimate and follow: three parts of one stage, because where people are looked for depends on where they were.
///
///     frame ──▶ detect, or where Tracker expects them ──▶ estimate ──▶ people
///                                  ▲                         │
///                                  └───────── follow ◀───────┘
struct FindPeople: Stage {
    /// The people of a frame, in any order, weak ones too: what the tracker cannot use is not looked at further.
    typealias Detect = (VideoFrame) throws -> [Detection]
    /// A pose for every box.
    typealias Estimate = (Image, [BoundingBox]) throws -> [Pose]

    private let detect: Detect
    private let estimate: Estimate
    private let mostPeople: Int?
    private let isWanted: (BoundingBox, Image) -> Bool
    private let namesPeople: Bool
    private let following: StageMeter
    private var tracker: Tracker
    /// Of those who were forgotten, until the next frame carries them.
    private var endings: [TrackEvent] = []

    /// - Parameters:
    ///   - mostPeople: of more, those with the highest scores are kept.
    ///   - isWanted: whether somebody in this box of the picture is looked at.
    ///   - namesPeople: whether people get their identities; in a single picture nobody has one.
    ///   - following: measures the tracker's part.
    init(
        tracker: Tracker, mostPeople: Int? = nil, isWanted: @escaping (BoundingBox, Image) -> Bool = { _, _ in true },
        namesPeople: Bool = true, following: StageMeter = StageMeter(name: "follow"), detect: @escaping Detect,
        estimate: @escaping Estimate
    ) {
        self.tracker = tracker
        self.mostPeople = mostPeople
        self.isWanted = isWanted
        self.namesPeople = namesPeople
        self.following = following
        self.detect = detect
        self.estimate = estimate
    }

    mutating func process(_ frame: VideoFrame, emit: (PosedFrame) -> Void) throws {
        let image = frame.image
        let prediction = tracker.predict(at: frame.time, width: image.width, height: image.height)
        let isDetected = prediction.cause != nil
        let detections = isDetected ? tracker.candidates(from: try detect(frame)) : []
        let carried = isDetected ? tracker.missed(by: detections) : prediction.people
        let places = surest(detections, in: image, of: mostPeople ?? .max)
        let expected = surest(carried, in: image, of: (mostPeople ?? .max) - places.count)
        let people = try people(places + expected, in: image)
        var update = following.measure {
            let (seen, others) = (Array(people.prefix(places.count)), Array(people.dropFirst(places.count)))
            return tracker.update(with: isDetected ? seen : nil, carried: others, at: frame.time)
        }
        update.events = endings + update.events
        endings = []
        if !namesPeople {
            update.events = []
            for index in update.people.indices { update.people[index].track = nil }
        }
        emit(
            PosedFrame(
                image: image,
                poses: PoseFrame(index: frame.index, time: frame.time, people: update.people, events: update.events)))
    }

    /// Ends every track: what comes next has another geometry. Numbers go on, since no id is given twice.
    mutating func forget() { endings += tracker.finish() }

    /// Those who are wanted; of more than `count`, the ones with the highest scores.
    private func surest(_ places: [Detection], in image: Image, of count: Int) -> [Detection] {
        Array(places.filter { isWanted($0.box, image) }.sorted { $0.score > $1.score }.prefix(count))
    }

    private func people(_ detections: [Detection], in image: Image) throws -> [Person] {
        guard !detections.isEmpty else { return [] }
        return zip(detections, try estimate(image, detections.map(\.box))).map { Person(box: $0.box, score: $0.score, pose: $1) }
    }
}
