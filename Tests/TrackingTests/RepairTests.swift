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

    @Test(arguments: Cadence.allCases) func legsThatCrossKeepTheirSides(cadence: Cadence) {
        let recording = Recording(Self.striding, at: cadence.times(to: 6), tremble: 0.5)
        let (frames, _) = recording.smoothed()
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
        var settings = PoseSmoother.Settings()
        settings.gatesBones = false
        let passed = recording.smoothed(settings)
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
