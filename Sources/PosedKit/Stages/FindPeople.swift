import Flow
import PoseTypes

/// Detect, estimate and follow: three parts of one stage, because where people are looked for depends on where they were.
///
///     frame ──▶ detect, or where Follow expects them ──▶ estimate ──▶ people
///                                  ▲                         │
///                                  └───────── follow ◀───────┘
struct FindPeople: Stage {
    /// The people of a frame, in any order; the record keeps the detector's score.
    typealias Detect = (VideoFrame) throws -> [Detection]
    /// A pose for every box.
    typealias Estimate = (Image, [BoundingBox]) throws -> [Pose]

    private let detect: Detect
    private let estimate: Estimate
    private let mostPeople: Int?
    private var follow: Follow

    /// - Parameters:
    ///   - interval: every how many frames a detection is due.
    ///   - mostPeople: of more, those with the highest scores are kept.
    init(every interval: Int = 1, mostPeople: Int? = nil, detect: @escaping Detect, estimate: @escaping Estimate) {
        self.detect = detect
        self.estimate = estimate
        self.mostPeople = mostPeople
        follow = Follow(every: interval)
    }

    mutating func process(_ frame: VideoFrame, emit: (PosedFrame) -> Void) throws {
        let people = try followed(in: frame) ?? detected(in: frame)
        emit(PosedFrame(image: frame.image, poses: PoseFrame(index: frame.index, time: frame.time, people: people)))
    }

    /// The people where they are expected; nil if a detection is due, or if somebody is not there.
    private mutating func followed(in frame: VideoFrame) throws -> [Person]? {
        guard let expected = follow.expected else { return nil }
        let people = try people(expected, in: frame.image)
        return follow.advance(people, width: frame.image.width, height: frame.image.height) ? people : nil
    }

    private mutating func detected(in frame: VideoFrame) throws -> [Person] {
        let detections = try detect(frame).sorted { $0.score > $1.score }
        let people = try people(Array(detections.prefix(mostPeople ?? .max)), in: frame.image)
        follow.restart(people)
        return people
    }

    private func people(_ detections: [Detection], in image: Image) throws -> [Person] {
        guard !detections.isEmpty else { return [] }
        return zip(detections, try estimate(image, detections.map(\.box))).map { Person(box: $0.box, score: $0.score, pose: $1) }
    }
}
