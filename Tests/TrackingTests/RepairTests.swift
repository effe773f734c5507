import Foundation
import PoseTypes
import Testing

@testable import Tracking

struct RepairTests {
    /// Walks to the right, seen from the side: the legs swing by 0.15 heights and cross twice a second.
    static let striding = Actor(
        path: { (100 + 150 * $0, 360) },
        gesture: { time, joint in
            let swing = 0.15 * sin(2 * .pi * time)
            return switch joint {
            case 15: (swing - 0.07, 0)
            case 16: (0.07 - swing, 0)
            case 13: (swing / 2 - 0.07, 0)
            case 14: (0.07 - swing / 2, 0)
            default: (0, 0)
            }
        })
    static let standing = SmoothingTests.standing
    static let ankles = [15, 16]
    static let all = SwapRepair.tree(of: .coco17).pairs.map { ($0.left, $0.right) }

    private func settings(swaps: Bool = true, bones: Bool = true) -> PoseSmoother.Settings {
        var settings = PoseSmoother.Settings()
        (settings.repairsSwaps, settings.gatesBones) = (swaps, bones)
        return settings
    }

    @Test func aSwappedPairIsPutBackAndCounted() {
        var recording = Recording(Self.standing, at: steady(30, to: 3))
        recording.swapJoints(9, 10, during: 1...1.15)
        let repaired = recording.smoothed(settings(bones: false))
        #expect(repaired.counts.swapsUndone == 5)
        #expect(recording.error(of: repaired.frames, joints: [9, 10]) < 0.02)
        let left = recording.smoothed(settings(swaps: false, bones: false))
        #expect(left.counts.swapsUndone == 0)
        #expect(recording.error(of: left.frames, joints: [9, 10]) > 3 * recording.error(of: repaired.frames, joints: [9, 10]))
    }

    /// A whole leg, and the whole body with its pairs that are close.
    @Test(arguments: [[(13, 14), (15, 16)], Self.all]) func whatHangsTogetherIsPutBackTogether(pairs: [(Int, Int)]) {
        var recording = Recording(Self.standing, at: steady(30, to: 3), tremble: 0.3)
        for (left, right) in pairs { recording.swapJoints(left, right, during: 1...1.1) }
        let repaired = recording.smoothed(settings(bones: false))
        #expect(repaired.counts.swapsUndone == 4)
        #expect(recording.error(of: repaired.frames) < 0.01)
    }

    /// The evidence of a single pair is not held against that of its neighbours: bodies are not twisted.
    @Test func aPairBetweenOthersIsNotSwappedByItself() {
        var recording = Recording(Self.standing, at: steady(30, to: 3), tremble: 0.3)
        recording.swapJoints(7, 8, during: 1...1.1)
        #expect(recording.smoothed().counts.swapsUndone == 0)
    }

    @Test func aNetworkThatInsistsIsBelieved() throws {
        var recording = Recording(Self.standing, at: steady(30, to: 3), tremble: 0)
        recording.swapJoints(9, 10, during: 1...3)
        let (frames, counts) = recording.smoothed()
        #expect(counts.swapsUndone == 12, "0.4 seconds")
        let last = try #require(frames.last).people[0]
        #expect(last.joint(9).place?.x == last.pose.keypoints[9].x)
    }

    /// Somebody seen badly: the network says one thing first and mostly another.
    @Test(arguments: Cadence.allCases) func aWrongStartIsForgotten(cadence: Cadence) {
        var random = Random(5)
        var recording = Recording(Self.standing, at: cadence.times(to: 6), tremble: 0.3)
        for frame in recording.frames {
            let time = frame.time.seconds
            guard time < 0.15 || Double.random(in: 0..<1, using: &random) < 0.25 else { continue }
            for (left, right) in Self.all { recording.swapJoints(left, right, during: time...time) }
        }
        let (frames, _) = recording.smoothed()
        let late = frames.filter { $0.time.seconds > 2 }
        let wrong = late.count { ($0.people[0].joint(5).place?.x ?? 0) < ($0.people[0].joint(6).place?.x ?? 0) }
        #expect(wrong < late.count / 6, "\(wrong) of \(late.count)")
    }

    @Test(arguments: Cadence.allCases) func legsThatCrossAreNotSwapped(cadence: Cadence) {
        let recording = Recording(Self.striding, at: cadence.times(to: 6), tremble: 0.5)
        let (frames, counts) = recording.smoothed()
        #expect(counts.swapsUndone == 0)
        #expect(recording.error(of: frames.filter { $0.time.seconds > 1 }, joints: Self.ankles) < 0.1)
    }

    @Test func aJointThatJumpsToSomebodyElseIsPredicted() {
        var recording = Recording(Self.standing, at: steady(30, to: 3))
        recording.change(9, during: 1...1.2) { $0.x += 150 }
        let gated = recording.smoothed()
        #expect(gated.counts.jointsHeldBack >= 7)
        let jumped = gated.frames.filter { (1...1.2).contains($0.time.seconds) }
        #expect(jumped.allSatisfy { $0.people[0].joint(9).state == "p" && $0.people[0].joint(7).state == "o" })
        #expect(recording.error(of: jumped, joints: [9]) < 0.03)
        let passed = recording.smoothed(settings(bones: false))
        #expect(passed.counts.jointsHeldBack == 0)
        #expect(recording.error(of: passed.frames.filter { (1...1.2).contains($0.time.seconds) }, joints: [9]) > 0.5)
    }

    /// A crouch changes the box and every projected length.
    @Test func movingNormallyHoldsNothingBack() {
        let crouching = Actor(
            path: { _ in (600, 360) },
            gesture: { time, joint in
                let depth = 0.1 * (1 - cos(.pi * time))
                return joint < 13 ? (0, depth) : joint < 15 ? (0.06, depth / 2) : (0, 0)
            })
        for actor in [crouching, SmoothingTests.waving, Self.striding] {
            #expect(Recording(actor, at: steady(30, to: 10), tremble: 0.3).smoothed().counts.jointsHeldBack == 0)
        }
    }
}
