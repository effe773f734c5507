import PoseTypes
import Testing

@testable import Tracking

/// Who left and comes back.
struct ReturningTests {
    /// What somebody looks like, told by one number each for clothes and the rest.
    private static func looks(_ clothes: Float, _ others: Float) -> Appearance {
        func colours(_ value: Float, _ count: Int) -> [Appearance.Colour?] {
            Array(repeating: Appearance.Colour(brightness: 4 + value, red: value / 3, blue: 0), count: count)
        }
        return Appearance(clothes: colours(clothes, 4), others: colours(others, 3))
    }

    private static func settings(reidentify: Double = 30) -> Tracker.Settings {
        var settings = Tracker.Settings()
        settings.reidentify = reidentify
        return settings
    }

    /// Two are here for five seconds, in the picture's left half; the first leaves, and 20 seconds later comes back elsewhere, nearer, between
    /// two others who have come meanwhile.
    private static func company(_ looks: [Appearance]) -> Scene {
        var scene = Scene(
            actors: [
                Actor(present: 0...5, path: { _ in (200, 360) }), Actor(path: { _ in (450, 360) }),
                Actor(present: 15...100, path: { _ in (700, 360) }), Actor(present: 20...100, path: { _ in (1150, 360) }),
                Actor(height: 280, present: 25...100, path: { _ in (930, 400) }),
            ], noise: 0.02)
        scene.clothes = looks
        return scene
    }

    @Test(arguments: [5.0, 10, 30]) func whoReturnsAfter20SecondsInOtherCompanyHasTheSameID(rate: Double) throws {
        let me = Self.looks(0.2, 0.9)
        let scene = Self.company([me, Self.looks(1.5, 0.1), Self.looks(-0.9, 0.5), Self.looks(0.3, -0.9), me])
        let followings = scene.follow(at: steady(rate, to: 30), Self.settings())
        #expect(scene.actors.map { followings.ids(of: $0).map(\.number) } == [[1], [2], [3], [4], [1]])
        let events = followings.frames.flatMap(\.events).filter { $0.id.number == 1 }
        #expect(events.map(\.kind) == [.start, .end, .return, .end])
        #expect(abs(events[2].time.seconds - 25) < 0.21, "its first sighting")
        let back = try #require(
            followings.frames.first { $0.people.contains { $0.track?.id.number == 1 } && $0.time.seconds > 6 })
        #expect(back.time.seconds < 25.51, "told within half a second")
        let track = try #require(back.people.compactMap(\.track).first { $0.id.number == 1 })
        #expect(track.age(at: back.time) > 25)
    }

    @Test func nobodyIsKnownAgainUnlessAsked() {
        let me = Self.looks(0.2, 0.9)
        let scene = Self.company([me, Self.looks(1.5, 0.1), Self.looks(-0.9, 0.5), Self.looks(0.3, -0.9), me])
        for reidentify in [0.0, 15] {
            let followings = scene.follow(at: steady(10, to: 30), Self.settings(reidentify: reidentify))
            #expect(followings.ids(of: scene.actors[4]).map(\.number) == [5], "\(reidentify)")
            #expect(!followings.frames.flatMap(\.events).contains { $0.kind == .return })
        }
    }

    /// Somebody who is still here wears the same shirt, or somebody else who left does.
    @Test(arguments: [100.0, 5]) func inTheSameShirtNobodyIsKnownAgain(otherLeaves: Double) {
        let me = Self.looks(0.2, 0.9)
        var scene = Self.company([me, Self.looks(0.25, 0.85), Self.looks(-0.9, 0.5), Self.looks(0.3, -0.9), me])
        scene.actors[1].present = 0...otherLeaves
        let followings = scene.follow(at: steady(10, to: 30), Self.settings())
        #expect(followings.ids.map(\.number) == [1, 2, 3, 4, 5])
    }

    @Test func whoLooksOnlyABitAlikeIsSomebodyElse() {
        let scene = Self.company([0.2, 1.5, -0.9, 2.5, 0.65].map { Self.looks($0, 0.9 - $0) })
        let followings = scene.follow(at: steady(10, to: 30), Self.settings())
        #expect(followings.ids(of: scene.actors[4]).map(\.number) == [5])
    }

    /// Who leaves on one side and comes in on the other is known before the first track has ended.
    @Test func whoComesBackElsewhereAtOnceIsKnown() {
        var scene = Scene(
            actors: [Actor(present: 0...3, path: { _ in (150, 360) }), Actor(present: 4...8, path: { _ in (1100, 360) })],
            noise: 0.02)
        scene.clothes = [Self.looks(0.2, 0.9), Self.looks(0.2, 0.9)]
        let followings = scene.follow(at: steady(30, to: 8), Self.settings())
        #expect(followings.ids.map(\.number) == [1])
        #expect(followings.frames.flatMap(\.events).map(\.kind) == [.start, .end])
    }

    /// Two in the same shirt cross: their motion tells them apart.
    @Test(arguments: Cadence.allCases) func twoInTheSameShirtDoNotSwap(cadence: Cadence) {
        var scene = Scene(
            actors: [Actor(path: { (300 + 110 * $0, 340) }), Actor(path: { (980 - 110 * $0, 380) })], noise: 0.02)
        scene.clothes = [Self.looks(0.2, 0.9), Self.looks(0.2, 0.9)]
        let followings = scene.follow(at: cadence.times(to: 6), Self.settings())
        #expect(scene.actors.map { followings.ids(of: $0).map(\.number) } == [[1], [2]])
    }

    /// Thousands come and go: no more than a hundred are remembered.
    @Test func memoryIsBounded() {
        var tracker = Tracker(skeleton: .coco17, settings: Self.settings(reidentify: 3600))
        for visit in 0..<400 {
            let actor = Actor(path: { _ in (300, 360) })
            for step in 0..<12 {
                let time = Timestamp(seconds: 6 * Double(visit) + 0.1 * Double(step))
                _ = tracker.predict(at: time, width: 1280, height: 720)
                var person = Person(box: actor.box(at: 0), score: 0.9, pose: actor.pose(at: 0))
                person.appearance = Self.looks(Float(visit), Float(-visit))
                _ = tracker.update(with: [person], at: time)
            }
        }
        #expect((50...100).contains(tracker.departed.count))
    }
}
