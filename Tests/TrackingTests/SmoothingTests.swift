import Foundation
import PoseTypes
import Testing

@testable import Tracking

struct SmoothingTests {
    static let standing = Actor(path: { _ in (600, 360) })
    /// The left arm, 0.34 heights long, swings about the shoulder twice a second, by 0.6 radians to each side.
    static let waving = Actor(
        path: { _ in (600, 360) },
        gesture: { time, joint in
            guard joint == 7 || joint == 9 else { return (0, 0) }
            let (angle, reach) = (0.6 * sin(4 * .pi * time), joint == 7 ? 0.18 : 0.34)
            let (shoulder, rest) = (Actor.body[5], Actor.body[joint])
            return (shoulder.x + reach * sin(angle) - rest.x, shoulder.y + reach * cos(angle) - rest.y)
        })
    static let walking = Actor(path: { (100 + 200 * $0, 360) })

    @Test func aStillPersonTremblesFiveTimesLess() {
        let recording = Recording(Self.standing, at: steady(30, to: 60))
        let (frames, _) = recording.smoothed()
        for joint in 0..<17 {
            let raw = jitter(path(of: joint, in: recording.unsmoothed))
            let smooth = jitter(path(of: joint, in: frames))
            #expect(raw > 5 * smooth, "joint \(joint): \(raw / smooth)")
        }
    }

    @Test(arguments: [0.0, 1.0]) func aWavingHandIsFollowed(tremble: Double) {
        let times = steady(30, to: 20)
        let recording = Recording(Self.waving, at: times, tremble: tremble)
        let swing = recording.oscillation(of: 9, in: Array(recording.smoothed().frames.dropFirst(30)), hertz: 2)
        #expect(swing.amplitude > 0.95)
        #expect(swing.delay * 30 < 1.5 && swing.delay > 0)
    }

    /// Prints the table of docs/following.md.
    @Test func theTwoSettingsTradeCalmForLag() {
        let times = steady(30, to: 20)
        let (still, swing) = (Recording(Self.standing, at: times), Recording(Self.waving, at: times, tremble: 0))
        var rows: [(calm: Double, frames: Double, amplitude: Double)] = []
        for (minCutoff, beta) in [(0.5, 3), (0.2, 3), (2, 3), (0.5, 1), (0.5, 10)] as [(Double, Double)] {
            var settings = PoseSmoother.Settings()
            (settings.minCutoff, settings.beta) = (minCutoff, beta)
            let smoothed = still.smoothed(settings).frames
            let calms = (0..<17).map { jitter(path(of: $0, in: still.unsmoothed)) / jitter(path(of: $0, in: smoothed)) }
            let oscillation = swing.oscillation(of: 9, in: Array(swing.smoothed(settings).frames.dropFirst(30)), hertz: 2)
            rows.append((calms.sorted()[8], oscillation.delay * 30, oscillation.amplitude))
            let row = rows[rows.count - 1]
            print("| \(minCutoff) | \(beta) | \(row.calm) | \(row.frames) | \(row.amplitude) |")
        }
        #expect(rows[1].calm > rows[0].calm && rows[0].calm > rows[2].calm)
        #expect(rows[3].frames > rows[0].frames && rows[0].frames > rows[4].frames)
        #expect(rows[3].amplitude < rows[0].amplitude)
    }

    /// Errors in sizes do not depend on how large somebody is in the picture.
    @Test func nearAndFarPeopleAreSmoothedAlike() {
        let errors = [40.0, 200, 900].map { height in
            let actor = Actor(height: height, path: { (600 + height * $0 / 3, 360) }, gesture: Self.waving.gesture)
            let recording = Recording(actor, at: steady(30, to: 10))
            return recording.error(of: recording.smoothed().frames)
        }
        #expect(errors.allSatisfy { abs($0 - errors[1]) < 0.05 * errors[1] }, "\(errors)")
    }

    @Test(arguments: Cadence.allCases) func smoothingHelpsHoweverFramesCome(cadence: Cadence) {
        let recording = Recording(Self.standing, at: cadence.times(to: 20))
        #expect(recording.error(of: recording.smoothed().frames) < 0.6 * recording.error(of: recording.unsmoothed))
    }

    @Test func aWeakJointGoesWithTheBodyAndNotWithItsNoise() {
        var recording = Recording(Self.walking, at: steady(30, to: 4), score: 0.9, tremble: 0)
        var random = Random(3)
        // The left knee is nearly out of sight.
        recording.change(13, during: 1...4) { keypoint in
            keypoint.score = 0.22
            keypoint.x += Float(4 * random.normal())
            keypoint.y += Float(4 * random.normal())
        }
        let frames = recording.smoothed().frames
        let late = frames.filter { $0.time.seconds > 1.5 }
        let raw = recording.unsmoothed.filter { $0.time.seconds > 1.5 }
        #expect(recording.error(of: late, joints: [13]) < 0.8 * recording.error(of: raw, joints: [13]))
        #expect(jitter(path(of: 13, in: late)) < 0.75 * jitter(path(of: 13, in: raw)))
    }

    /// A squat: the body sinks while a hidden foot stays where it is, nearer to its knee's motion than to the body's.
    @Test func anUnseenFootDoesNotSinkWithTheBody() {
        let squatting = Actor(
            path: { _ in (600, 360) },
            gesture: { time, joint in
                let depth = 0.25 * time
                return joint < 13 ? (0, depth) : joint < 15 ? (0.4 * depth, 0.2 * depth) : (0, 0)
            })
        var recording = Recording(squatting, at: steady(30, to: 1), tremble: 0)
        recording.change(15, during: 0.5...0.8) { $0.score = 0 }
        let hidden = recording.smoothed().frames.filter { (0.5...0.8).contains($0.time.seconds) }
        #expect(hidden.allSatisfy { $0.people[0].joint(15).state == "p" })
        #expect(recording.error(of: hidden, joints: [15]) < 0.06)
    }

    @Test func anUnseenJointIsPredictedForAMomentAndThenMissing() {
        var recording = Recording(Self.walking, at: steady(30, to: 3), tremble: 0)
        recording.change(9, during: 1...2) { $0 = Keypoint(x: 0, y: 0, score: 0.05) }
        let (frames, _) = recording.smoothed()
        let states = frames.map { $0.people[0].joint(9).state }
        let seconds = frames.map(\.time.seconds)
        for (state, time) in zip(states, seconds) {
            let expected: Character = time < 1 || time > 2 ? "o" : time <= 1.36 ? "p" : time > 1.37 ? "m" : state
            #expect(state == expected, "at \(time)")
        }
        // Carried along with the body (200 pixels a second), not left where it was last seen, and never (0, 0).
        let predicted = frames.filter { $0.people[0].joint(9).state == "p" }
        #expect(recording.error(of: predicted, joints: [9]) < 0.1)
        let sigmas = predicted.compactMap { $0.people[0].joint(9).place?.sigma }
        #expect(sigmas == sigmas.sorted() && sigmas[0] < sigmas[sigmas.count - 1])
    }

    @Test func aJointThatComesBackStartsWhereItIs() throws {
        var recording = Recording(Self.walking, at: steady(30, to: 3), tremble: 0)
        recording.change(9, during: 1...2) { $0.score = 0 }
        recording.change(9, during: 2...3) { $0.y -= 80 }
        let back = recording.smoothed().frames.filter { $0.time.seconds > 2 }
        let first = try #require(back.first)
        #expect(first.people[0].joint(9).place?.x == first.people[0].pose.keypoints[9].x)
        for frame in back {
            let place = try #require(frame.people[0].joint(9).place)
            #expect(abs(place.y - frame.people[0].pose.keypoints[9].y) < 0.01, "no ringing")
        }
    }

    @Test func afterAGapEverythingStartsAfresh() throws {
        let actor = Actor(hidden: [1...2], path: { ($0 < 1.5 ? 300 : 800, 360) })
        let recording = Recording(actor, at: steady(30, to: 3))
        let after = try #require(recording.smoothed().frames.first { $0.time.seconds > 2 })
        for joint in 0..<17 {
            #expect(after.people[0].joint(joint).place?.x == after.people[0].pose.keypoints[joint].x)
        }
    }

    /// One frame in which a joint is elsewhere hardly moves it; a real leap is followed from its second frame on.
    @Test func aSingleStrayIsIgnoredAndALeapIsNot() throws {
        var recording = Recording(Self.standing, at: steady(30, to: 2), tremble: 0)
        recording.change(9, during: 1...1) { $0.x += 40 }
        recording.change(9, during: 1.5...2) { $0.x += 40 }
        var settings = PoseSmoother.Settings()
        settings.gatesBones = false
        let x = path(of: 9, in: recording.smoothed(settings).frames).compactMap { $0?.x }
        let rest = recording.truth[0].keypoints[9].x
        #expect(abs(x[30] - rest) < 1)
        #expect(abs(x[45] - rest) < 1)
        #expect(x[46] - rest > 20)
    }

    @Test func theSigmaOfAHeatmapIsPublishedAndTrusted() {
        var recording = Recording(Self.standing, at: steady(30, to: 20))
        recording.change(9, during: 0...20) { $0.sigma = 12 }
        recording.change(10, during: 0...20) { $0.sigma = 2 }
        let (frames, _) = recording.smoothed()
        #expect(frames.allSatisfy { $0.people[0].joint(9).place?.sigma == 12 })
        let late = frames.filter { $0.time.seconds > 1 }
        #expect(recording.error(of: late, joints: [9]) < recording.error(of: late, joints: [10]))
    }
}
