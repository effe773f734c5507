import Foundation
import PoseTypes
import Testing

@testable import Tracking

/// Whatever people and frames do. `POSED_CHURN` sets how many frames of it: `make churn` takes a million.
struct InvariantTests {
    @Test(arguments: [UInt64(1), 2, 3], [1, 5]) func anyOrderOfBirthsDeathsAndGapsKeepsTheInvariants(seed: UInt64, every: Int) {
        var crowd = Crowd(seed: seed)
        var settings = Tracker.Settings()
        settings.detectEvery = every
        settings.reidentify = 30
        var tracker = Tracker(skeleton: .coco17, settings: settings)
        var smoothing = PoseSmoother.Settings()
        smoothing.lag = 0.4
        var smoother = PoseSmoother(skeleton: .coco17, settings: smoothing)
        var refiner = Refiner(skeleton: .coco17)
        var check = Invariants()
        var (given, revised, refined): ([Int], [Int], [Int]) = ([], [], [])
        for index in 0..<400 {
            let time = crowd.next()
            let prediction = tracker.predict(at: time, width: 1280, height: 720)
            let people = prediction.cause == nil ? nil : crowd.people()
            let seen = people?.map { Detection(box: $0.box, score: $0.score) }
            let carried = (seen.map { tracker.missed(by: $0) } ?? prediction.people).map { crowd.person(in: $0) }
            let update = tracker.update(with: people, carried: carried, at: time)
            let frame = PoseFrame(index: index, time: time, people: update.people, events: update.events)
            check.take(frame)
            for frame in smoother.smooth(frame) {
                check.joints(of: frame)
                if frame.revision == 0 { given.append(frame.index) } else { revised.append(frame.index) }
            }
            refined += refiner.refine(frame).map(\.index)
        }
        check.end(tracker.finish())
        revised += smoother.finish().map(\.index)
        refined += refiner.finish().map { frame in
            check.joints(of: frame)
            return frame.index
        }
        #expect(given == Array(0..<400) && revised == given && refined == given)
        #expect(check.births > 20 && (seed != 2 || check.returns > 0))
    }

    /// What is remembered stays bounded. With `POSED_CHURN=1000000` and no other test beside it, resident memory is held to that,
    /// too: within a whole suite it belongs to everybody.
    @Test func memoryStaysFlat() throws {
        let churn = ProcessInfo.processInfo.environment["POSED_CHURN"].flatMap(Int.init)
        let frames = churn ?? 1000
        var crowd = Crowd(seed: 9)
        var tracker = Tracker(skeleton: .coco17)
        var settings = PoseSmoother.Settings()
        settings.lag = 0.4
        var smoother = PoseSmoother(skeleton: .coco17, settings: settings)
        var early = 0
        for index in 0..<frames {
            let time = crowd.next()
            _ = tracker.predict(at: time, width: 1280, height: 720)
            let update = tracker.update(with: crowd.people(), at: time)
            _ = smoother.smooth(PoseFrame(index: index, time: time, people: update.people))
            #expect(tracker.followed.count <= 2 * Tracker.Settings.maxLost)
            if index == frames / 4 { early = try residentBytes() }
        }
        guard churn != nil else { return }
        let late = try residentBytes()
        #expect(late - early < 8 << 20, "\(early) bytes grew to \(late)")
    }

    private func residentBytes() throws -> Int {
        let pages = try String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8).split(separator: " ")[1]
        return try #require(Int(pages)) * 4096
    }
}

/// People who come, go, jump about and are seen badly, in frames that come when they like.
private struct Crowd {
    private var random: Random
    private var actors: [(place: (Double, Double), height: Double, until: Double)] = []
    private var seconds = 0.0

    init(seed: UInt64) { random = Random(seed) }

    mutating func next() -> Timestamp {
        seconds += chance(0.01) ? number(0, 5) : number(0.005, 0.12)
        let now = seconds
        actors.removeAll { $0.until < now }
        while actors.count < 10, chance(0.3) {
            actors.append(((number(-50, 1330), number(-50, 770)), number(5, 700), now + number(0, 4)))
        }
        for index in actors.indices {
            let stride = actors[index].height * (chance(0.02) ? 2 : 0.03)
            actors[index].place.0 += stride * random.normal()
            actors[index].place.1 += stride * random.normal()
        }
        return Timestamp(seconds: now)
    }

    mutating func people() -> [Person] {
        actors.indices.filter { _ in chance(0.9) }.map { index in
            let (x, y) = actors[index].place
            let height = actors[index].height
            let box = BoundingBox(
                x: Float(x - 0.18 * height), y: Float(y - height / 2), width: Float(0.36 * height), height: Float(height))
            return person(
                in: Detection(box: chance(0.01) ? BoundingBox(x: 3, y: 3, width: 0, height: 0) : box, score: Float(number(0, 1))))
        }
    }

    mutating func person(in detection: Detection) -> Person {
        let actor = Actor(
            height: Double(detection.box.height),
            path: { _ in
                (Double(detection.box.x + detection.box.width / 2), Double(detection.box.y + detection.box.height / 2))
            })
        var pose = actor.pose(at: 0)
        for joint in pose.keypoints.indices {
            pose.keypoints[joint].score = Float(number(0, 1.1))
            pose.keypoints[joint].x += Float(actor.height * random.tremble(score: 0.3))
            if chance(0.02) { pose.keypoints[joint].y = 0 }
            if chance(0.3) { pose.keypoints[joint].sigma = Float(number(0, 40)) }
        }
        var person = Person(box: detection.box, score: detection.score, pose: pose)
        // Everybody is tall or small, and wears what goes with it; now and then the colours are nonsense.
        let looks = chance(0.02) ? Float.nan : Float((detection.box.height / 20).rounded())
        func colours(_ count: Int) -> [Appearance.Colour?] {
            (0..<count).map { _ in chance(0.1) ? nil : Appearance.Colour(brightness: looks, red: 0, blue: 0) }
        }
        person.appearance = chance(0.1) ? nil : Appearance(clothes: colours(4), others: colours(3))
        return person
    }

    private mutating func number(_ from: Double, _ to: Double) -> Double { Double.random(in: from...to, using: &random) }
    private mutating func chance(_ share: Double) -> Bool { number(0, 1) < share }
}

/// What must always hold of what comes out.
private struct Invariants {
    private var alive: [TrackID: Timestamp] = [:]
    private var last = TrackID(0)
    private(set) var births = 0
    private(set) var returns = 0

    mutating func take(_ frame: PoseFrame) {
        for event in frame.events {
            #expect(event.time <= frame.time)
            switch event.kind {
            case .start:
                #expect(event.id > last, "no id is given to two")
                last = event.id
                alive[event.id] = event.time
                births += 1
            case .return:
                #expect(event.id <= last && alive[event.id] == nil, "who returns was there and has gone")
                alive[event.id] = event.time
                returns += 1
            case .end:
                let start = alive.removeValue(forKey: event.id)
                #expect(start.map { $0 <= event.time } == true, "what ends has begun")
            }
        }
        let ended = Set(frame.events.filter { $0.kind == .end }.map(\.id))
        let ids = frame.people.compactMap(\.track?.id)
        #expect(Set(ids).count == ids.count, "nobody is in a frame twice")
        #expect(ids.allSatisfy { alive[$0] != nil || ended.contains($0) })
        #expect(frame.people.allSatisfy { $0.track.map { $0.age(at: frame.time) >= 0 } ?? true })
    }

    mutating func end(_ events: [TrackEvent]) {
        for event in events { #expect(alive.removeValue(forKey: event.id) != nil) }
        #expect(alive.isEmpty, "what begins ends")
    }

    func joints(of frame: PoseFrame) {
        for person in frame.people where person.track != nil {
            #expect(person.track?.joints.count == 17)
            let places = person.track?.joints.compactMap(\.place) ?? []
            #expect(places.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.sigma.isFinite && $0.sigma >= 0 })
        }
    }
}
