import Basics
import PoseTypes
import Testing

@testable import Tracking

struct TrackerTests {
    /// Two cross each other's way, one follows behind a pillar for a second, one walks in from the edge and stops.
    static let street = Scene(
        actors: [
            Actor(path: { (200 + 120 * $0, 300) }),
            Actor(path: { (1100 - 120 * $0, 340) }),
            Actor(height: 300, hidden: [3...4], path: { (700 + 40 * $0, 500) }),
            Actor(height: 250, path: { (min(100, -200 + 100 * $0), 500) }),
        ], noise: 0.03)

    @Test(arguments: Cadence.allCases) func everybodyKeepsOneIdentityHoweverFramesCome(cadence: Cadence) {
        let followings = Self.street.follow(at: cadence.times(to: 7))
        for (index, actor) in Self.street.actors.enumerated() {
            #expect(followings.ids(of: actor).count == 1, "actor \(index): \(followings.ids(of: actor))")
        }
        #expect(followings.ids.count == 4)
    }

    @Test func everybodyKeepsOneIdentityAtFiveFramesASecond() {
        let followings = Self.street.follow(at: steady(5, to: 7))
        #expect(Self.street.actors.allSatisfy { followings.ids(of: $0).count == 1 } && followings.ids.count == 4)
    }

    @Test(arguments: Cadence.allCases, [3, 6]) func identitiesHoldBetweenDetections(cadence: Cadence, every: Int) {
        var settings = Tracker.Settings()
        settings.detectEvery = every
        let followings = Self.street.follow(at: cadence.times(to: 7), settings)
        #expect(Set(Self.street.actors.map { followings.ids(of: $0) }).allSatisfy { $0.count == 1 })
        #expect(followings.ids.count == 4)
    }

    /// The scene that breaks another tracker in use: it gives out hundreds of ids and forgets how often to detect.
    @Test(arguments: [1, 4, 7, 10]) func stillPeopleKeepTheirIdentitiesBetweenDetections(every: Int) {
        let scene = Scene(actors: [
            Actor(path: { _ in (200, 360) }),
            Actor(present: 0...(19.5 / 30), path: { _ in (600, 360) }),
            Actor(path: { _ in (1000, 360) }),
            Actor(present: (24.5 / 30)...100, path: { _ in (400, 360) }),
        ])
        var settings = Tracker.Settings()
        settings.detectEvery = every
        let followings = scene.follow(at: steady(30, to: 10), settings)
        #expect(followings.ids.map(\.number) == [1, 2, 3, 4])
        let asked = (300 + every - 1) / every
        #expect((asked...asked + 1).contains(followings.detections.count))
        #expect(followings.detections.count { $0.cause != .interval } <= 1)
        for frame in followings.frames.dropLast().dropFirst(25 + every) { #expect(frame.people.count == 3) }
        let births = followings.frames.flatMap(\.events).filter { $0.kind == .start }.map(\.id)
        let ends = followings.frames.flatMap(\.events).filter { $0.kind == .end }.map(\.id)
        #expect(births.sorted() == ends.sorted() && births.count == 4)
    }

    @Test(arguments: [(1.0, 1), (2.5, 1), (3.2, 2)]) func aLostPersonIsKnownAgainForTheTrackBuffer(gap: Double, ids: Int) {
        let scene = Scene(actors: [Actor(hidden: [2...(2 + gap)], path: { (300 + 30 * $0, 360) })], noise: 0.03)
        #expect(scene.follow(at: steady(30, to: 7)).ids.count == ids)
        var settings = Tracker.Settings()
        settings.trackBuffer = 4
        #expect(scene.follow(at: steady(30, to: 7), settings).ids.count == 1)
    }

    @Test func whoTurnsRoundOutOfSightIsKnownAgain() {
        let scene = Scene(actors: [Actor(hidden: [2...3], path: { (550 - 100 * abs($0 - 2.5), 360) })], noise: 0.03)
        #expect(scene.follow(at: steady(30, to: 5)).ids.count == 1)
    }

    @Test func whoLeavesAndComesBackLaterIsNew() {
        let scene = Scene(actors: [Actor(path: { (1200 + 150 * (abs($0 - 5) < 4 ? 4 - abs($0 - 5) : 0), 360) })], noise: 0.02)
        let followings = scene.follow(at: steady(30, to: 10))
        #expect(followings.ids.map(\.number) == [1, 2])
        #expect(followings.frames.contains { $0.people.isEmpty })
    }

    @Test func aLongEmptyStretchLeavesNothingBehind() {
        let scene = Scene(actors: [
            Actor(present: 0...2, path: { _ in (600, 360) }), Actor(present: 60...62, path: { _ in (600, 360) }),
        ])
        let followings = scene.follow(at: steady(10, to: 63))
        #expect(followings.ids.map(\.number) == [1, 2])
        let ends = followings.frames.flatMap(\.events).filter { $0.kind == .end }
        #expect(ends.first == TrackEvent(kind: .end, id: TrackID(1), time: Timestamp(seconds: 2)))
    }

    /// Two come close and part again. First the pose network sees only one of them, in both boxes; in the end the detector does, too.
    @Test(arguments: Cadence.allCases, [1, 5]) func aHugDoesNotMixPeopleUp(cadence: Cadence, every: Int) {
        @Sendable func apart(_ time: Double) -> Double { max(20, 40 * abs(time - 3)) }
        let scene = Scene(
            actors: [
                Actor(path: { (600 - apart($0), 360) }), Actor(height: 220, hidden: [3...3.8], path: { (600 + apart($0), 350) }),
            ], noise: 0.02, confusion: 2.6...3.8)
        var settings = Tracker.Settings()
        settings.detectEvery = every
        let followings = scene.follow(at: cadence.times(to: 6), settings)
        #expect(scene.actors.map { followings.ids(of: $0).count } == [1, 1])
        #expect(followings.ids.count == 2)
    }

    @Test func weakDetectionsContinueATrackButBeginNone() {
        var scene = Scene(actors: [Actor(path: { (300 + 60 * $0, 360) }), Actor(path: { _ in (1000, 360) })], noise: 0.02)
        scene.detectorScore = { actor, time in actor == 0 && time < 1 ? 0.9 : 0.15 }
        let followings = scene.follow(at: steady(30, to: 5))
        #expect(followings.ids.count == 1)
        #expect(followings.frames.dropLast().allSatisfy { $0.people.count == 1 })
    }

    @Test func whomTheDetectorMissesIsCarriedOnByThePoseForASecond() {
        var scene = Scene(actors: [Actor(path: { (300 + 200 * $0, 360) })])
        scene.detectorScore = { _, time in (1...1.5).contains(time) || time > 3 ? 0.05 : 0.9 }
        let followings = scene.follow(at: steady(30, to: 6))
        #expect(followings.ids.count == 1)
        let last = followings.frames.last { !$0.people.isEmpty }
        #expect(last.map { abs($0.time.seconds - 4) < 0.05 } == true)
        #expect(followings.frames.filter { $0.time.seconds < 3.9 }.allSatisfy { $0.people.count == 1 })
        for frame in followings.frames where !frame.people.isEmpty {
            #expect(frame.people[0].box.iou(scene.actors[0].box(at: frame.time.seconds)) > 0.8, "\(frame.time)")
            let isSeen = scene.detectorScore(0, frame.time.seconds) > 0.1
            #expect(frame.people[0].origin == (isSeen ? .detected : .carried), "\(frame.time)")
        }
    }

    @Test func aWeakDetectionNeedsAPoseAndAnEmptyPlaceIsLeft() {
        let actor = Actor(hidden: [1...9], path: { _ in (300, 360) })
        var scene = Scene(actors: [actor])
        scene.ghosts = { time in time > 1 ? [Detection(box: actor.box(at: time), score: 0.25)] : [] }
        let followings = scene.follow(at: steady(30, to: 3))
        let last = followings.frames.last { !$0.people.isEmpty }
        #expect(last.map { $0.time.seconds < 1.01 } == true, "nobody is there any more")
    }

    @Test func whoGoesBehindSomebodyIsNotCarriedOnInTheirPose() {
        let scene = Scene(actors: [
            Actor(path: { _ in (640, 360) }), Actor(hidden: [1...2], path: { (640 - 200 * ($0 - 1.5), 360) }),
        ])
        let followings = scene.follow(at: steady(30, to: 3))
        #expect(followings.ids.count == 2)
        let between = followings.frames.filter { (1.1...1.9).contains($0.time.seconds) }
        #expect(between.allSatisfy { $0.people.count == 1 })
    }

    @Test func aDoubtfulPersonIsNumberedOnlyWhenItLasts() {
        var scene = Scene(actors: [Actor(path: { _ in (300, 360) }), Actor(present: 1...1.1, path: { _ in (900, 360) })])
        scene.detectorScore = { _, _ in 0.4 }
        scene.poseScore = { _, _ in 0.75 }
        let followings = scene.follow(at: steady(30, to: 3))
        #expect(followings.ids.map(\.number) == [1])
        let unnumbered = followings.frames.filter { $0.people.contains { $0.track == nil } }.map(\.index)
        #expect(unnumbered == [0, 1, 2, 3, 4, 5] + [30, 31, 32, 33])
        let start = followings.frames.flatMap(\.events).first
        #expect(start == TrackEvent(kind: .start, id: TrackID(1), time: .zero), "counted from the first sighting")
    }

    /// The detector likes it, and the pose network sees a body that it is not sure of.
    @Test(arguments: [(0.55, 0.45), (0.7, 0.2), (0.35, 0.6)] as [(Float, Float)])
    func aLampPostIsNobody(score: Float, poseScore: Float) {
        var scene = Scene(actors: [Actor(path: { _ in (300, 360) })], noise: 0.02)
        scene.detectorScore = { _, _ in score }
        scene.poseScore = { _, _ in poseScore }
        let followings = scene.follow(at: steady(30, to: 30))
        #expect(followings.ids.isEmpty && followings.frames.allSatisfy { $0.people.isEmpty })
    }

    /// Whoever the networks see badly is announced half a second later.
    @Test func whoIsSeenBadlyIsAnnouncedLater() throws {
        var scene = Scene(actors: [Actor(path: { _ in (300, 360) })], noise: 0.02)
        scene.detectorScore = { _, _ in 0.45 }
        scene.poseScore = { _, _ in 0.62 }
        let followings = scene.follow(at: steady(30, to: 60))
        #expect(followings.ids.count == 1, "and kept for a minute")
        let first = try #require(followings.frames.first { !$0.people.isEmpty })
        #expect(abs(first.time.seconds - 0.5) < 0.05)
    }

    /// Two walk behind a pillar from both sides, and come out on the side where they went in: by their motion each would be the other.
    @Test func whoTurnsRoundOutOfSightIsKnownByTheirClothes() {
        @Sendable func away(_ time: Double) -> Double { 60 + 100 * abs(time - 2.6) }
        var scene = Scene(
            actors: [
                Actor(hidden: [2.1...3.1], path: { (640 - away($0), 360) }),
                Actor(hidden: [2.1...3.1], path: { (640 + away($0), 360) }),
            ], noise: 0.02)
        scene.clothes = [0.2, 1.4].map { shade in
            Appearance(
                clothes: Array(repeating: Appearance.Colour(brightness: 4 + shade, red: shade / 2, blue: 0), count: 4), others: []
            )
        }
        let followings = scene.follow(at: steady(30, to: 5))
        #expect(scene.actors.map { followings.ids(of: $0).map(\.number) } == [[1], [2]])
    }

    @Test func whatATrackIsTakenForIsExpectedOfIt() {
        var tracker = Tracker(skeleton: .coco17)
        let actor = Actor(path: { _ in (400, 360) })
        for (frame, category) in ["cow", "horse", "horse"].enumerated() {
            let time = Timestamp(seconds: Double(frame) / 30)
            let expected = tracker.predict(at: time, width: 1280, height: 720).people.map(\.category)
            #expect(expected == [[], ["cow"], ["horse"]][frame])
            let cow = Person(box: actor.box(at: 0), score: 0.9, pose: actor.pose(at: 0), category: category)
            let people = tracker.update(with: [cow], at: time).people
            #expect(people.map(\.category) == [category] && people.first?.track?.id == TrackID(1))
        }
    }

    @Test func twoTracksThatBecomeOnePersonAreMerged() {
        var tracker = Tracker(skeleton: .coco17)
        let (a, b) = (Actor(path: { _ in (400, 360) }), Actor(path: { (max(404, 600 - 100 * $0), 360) }))
        var last: [Person] = []
        for seconds in steady(30, to: 4) {
            let people = [a, b].map { Person(box: $0.box(at: seconds), score: 0.9, pose: $0.pose(at: seconds)) }
            last = tracker.update(with: people, at: Timestamp(seconds: seconds)).people
        }
        #expect(last.map(\.track?.id) == [TrackID(1)])
        #expect(tracker.finish().map(\.id) == [TrackID(1)])
    }

    /// Frames 0 and 30 are due; whatever else is detected was forced.
    @Test(arguments: [
        (Tracker.DetectionCause.lost, Actor(hidden: [0.31...9], path: { _ in (600, 360) })),
        (.edge, Actor(path: { (1150 + 100 * $0, 360) })),
    ]) func aDetectionIsForced(cause: Tracker.DetectionCause, actor: Actor) {
        var settings = Tracker.Settings()
        settings.detectEvery = 30
        let forced = Scene(actors: [actor]).follow(at: steady(30, to: 1.5), settings).detections.filter { $0.cause != .interval }
        #expect(forced.map(\.cause) == [cause])
    }

    @Test func aDetectionIsForcedByDoubtAndAfterAGap() {
        var settings = Tracker.Settings()
        settings.detectEvery = 100
        let actor = Actor(path: { _ in (600, 360) })
        var tracker = Tracker(skeleton: .coco17, settings: settings)
        var causes: [Tracker.DetectionCause?] = []
        for (seconds, score) in [(0, 0.9), (0.1, 0.9), (0.2, 0.6), (0.3, 0.9), (0.4, 0.9), (2.1, 0.9)] as [(Double, Float)] {
            let time = Timestamp(seconds: seconds)
            let prediction = tracker.predict(at: time, width: 1280, height: 720)
            causes.append(prediction.cause)
            let person = Person(box: actor.box(at: seconds), score: 0.9, pose: actor.pose(at: seconds, score: score))
            let isDetected = prediction.cause != nil
            _ = tracker.update(with: isDetected ? [person] : nil, carried: isDetected ? [] : [person], at: time)
        }
        #expect(causes == [.interval, nil, nil, .doubt, nil, .gap])
    }

    @Test func aUidIsUniqueAcrossStreamsAndSessions() {
        #expect(TrackID(7).uid(stream: "gym1", session: "01J") == "gym1-01J-7")
    }
}
