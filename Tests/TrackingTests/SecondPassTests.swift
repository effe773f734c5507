import Foundation
import PoseTypes
import Testing

@testable import Tracking

struct SecondPassTests {
    private static var lagging: PoseSmoother.Settings {
        var settings = PoseSmoother.Settings()
        settings.lag = 0.4
        return settings
    }

    @Test(arguments: Cadence.allCases) func everyFrameIsGivenAgainAfterTheLagAndBetter(cadence: Cadence) {
        let recording = Recording(SmoothingTests.waving, at: cadence.times(to: 4))
        var smoother = PoseSmoother(skeleton: .coco17, settings: Self.lagging)
        var revised: [PoseFrame] = []
        for frame in recording.frames {
            let given = smoother.smooth(frame)
            #expect(given[0].index == frame.index && given[0].revision == 0)
            #expect(given.dropFirst().allSatisfy { $0.revision == 1 && frame.time - $0.time >= 0.4 })
            revised += given.dropFirst()
        }
        revised += smoother.finish()
        #expect(revised.map(\.index) == recording.frames.map(\.index))
        let causal = recording.smoothed().frames
        #expect(recording.error(of: revised) < 0.85 * recording.error(of: causal))
        #expect(recording.error(of: revised, joints: [9]) < 0.85 * recording.error(of: causal, joints: [9]))
    }

    /// A hand-held camera shakes at 4 Hz and pans: with and without it, the smoothed joints are as far off the body.
    @Test func whatTheCameraDoesIsNotSmoothedAway() throws {
        let still = Recording(SmoothingTests.waving, at: steady(30, to: 6))
        var moving = still
        var there = CameraMotion.none
        for index in moving.frames.indices {
            let time = moving.frames[index].time.seconds
            let (dx, dy) = (25 * sin(8 * .pi * time) + 60 * time, 18 * cos(8 * .pi * time))
            let scale = 1 + 0.02 * sin(7 * time)
            let now = CameraMotion(a: scale, b: 0.01 * sin(20 * time), dx: dx, dy: dy)
            let back = try #require(there.inverse)
            if index > 0 { moving.frames[index].camera = now.after(back) }
            if index == 0 { there = .none } else { there = now }
            for joint in 0..<17 {
                moving.frames[index].people[0].pose.keypoints[joint] = still.frames[index].people[0].pose.keypoints[joint].moved(
                    by: there)
                moving.truth[index].keypoints[joint] = still.truth[index].keypoints[joint].moved(by: there)
            }
            let (x, y) = there(x: Double(moving.frames[index].people[0].box.x), y: Double(moving.frames[index].people[0].box.y))
            (moving.frames[index].people[0].box.x, moving.frames[index].people[0].box.y) = (Float(x), Float(y))
        }
        func isRevised(_ frame: PoseFrame) -> Bool { frame.revision == 1 }
        for method in [Refiner.Method.butterworth(cutoff: 6, order: 4), .kalman] {
            var settings = Refiner.Settings()
            settings.method = method
            #expect(moving.error(of: moving.refined(settings)) < 1.1 * still.error(of: still.refined(settings)), "\(method)")
        }
        let (lagging, calm) = (moving.smoothed(Self.lagging).frames, still.smoothed(Self.lagging).frames)
        #expect(moving.error(of: lagging.filter(isRevised)) < 1.1 * still.error(of: calm.filter(isRevised)))
        #expect(moving.error(of: lagging.filter { !isRevised($0) }) < 1.1 * still.error(of: calm.filter { !isRevised($0) }))
    }

    /// Cameras that no camera is, as records of others may have them, do no harm.
    @Test(arguments: [0.0, 1e-9, 1e6, -1e6]) func aCameraThatCannotBeTurnedBackIsNotFollowed(scale: Double) {
        var recording = Recording(SmoothingTests.waving, at: steady(30, to: 3))
        let calm = recording.refined()
        for index in recording.frames.indices { recording.frames[index].camera = CameraMotion(a: scale, b: 0, dx: 10, dy: -10) }
        #expect(recording.refined().map(\.people) == calm.map(\.people))
    }

    @Test func theRevisionHasNoLagAndFillsAShortGap() {
        var recording = Recording(SmoothingTests.waving, at: steady(30, to: 10), tremble: 0)
        recording.change(9, during: 5...5.1) { $0.score = 0 }
        let revised = recording.smoothed(Self.lagging).frames.filter { $0.revision == 1 }
        let swing = recording.oscillation(of: 9, in: Array(revised.dropFirst(30)), hertz: 2)
        #expect(abs(swing.delay) * 30 < 0.1 && swing.amplitude > 0.95)
        let gap = revised.filter { (5...5.1).contains($0.time.seconds) }
        #expect(gap.count == 4 && gap.allSatisfy { $0.people[0].joint(9).state == "p" })
        #expect(recording.error(of: gap, joints: [9]) < 0.15)
    }

    @Test(arguments: [Refiner.Method.butterworth(cutoff: 6, order: 4), .kalman], Cadence.allCases)
    func refiningIsBetterThanAnythingOnline(method: Refiner.Method, cadence: Cadence) {
        let recording = Recording(SmoothingTests.waving, at: cadence.times(to: 4))
        var settings = Refiner.Settings()
        settings.method = method
        let refined = recording.refined(settings)
        #expect(refined.map(\.index) == recording.frames.map(\.index))
        #expect(recording.error(of: refined) < 0.8 * recording.error(of: recording.smoothed().frames))
    }

    /// On frames at an even rate the whole of it is SciPy's filter (which the arithmetic's tests compare).
    @Test func aCleanRecordingIsExactlyLowPassFiltered() {
        let recording = Recording(SmoothingTests.waving, at: steady(30, to: 10), tremble: 0)
        let refined = path(of: 9, in: recording.refined()).compactMap { $0.map { Double($0.x) } }
        let raw = recording.frames.map { Double($0.people[0].pose.keypoints[9].x) }
        #expect(difference(refined, Butterworth(order: 2, cutoff: 6, rate: 30).zeroPhase(raw)) < 1e-6)
    }

    @Test func gapsAreFilledUpToTheirLongestAndOutliersReplaced() {
        var recording = Recording(SmoothingTests.walking, at: steady(30, to: 4), tremble: 0.1)
        recording.change(9, during: 1...1.3) { $0 = Keypoint(x: 0, y: 0, score: 0) }
        recording.change(9, during: 2...2.8) { $0 = Keypoint(x: 0, y: 0, score: 0) }
        recording.change(10, during: 3.09...3.11) { $0.y += 30 }
        let refined = recording.refined()
        for frame in refined {
            let state = frame.people[0].joint(9).state
            let time = frame.time.seconds
            #expect(state == ((1...1.301).contains(time) ? "p" : (2...2.801).contains(time) ? "m" : "o"), "at \(time)")
        }
        #expect(recording.error(of: refined) < 0.01)
        #expect(refined.first { abs($0.time.seconds - 3.1) < 0.01 }?.people[0].joint(10).state == "p")
    }

    @Test func tooSlowARecordingForTheCutoffIsLeftAlone() {
        let recording = Recording(SmoothingTests.walking, at: steady(10, to: 5), tremble: 0)
        #expect(recording.error(of: recording.refined()) < 1e-6)
    }

    /// Neither a grid as fine as the closest frames nor everything at once: what is held and done depends on how many frames there are.
    @Test func framesThatComeInBurstsTakeNoMoreMemoryThanOthers() {
        let times = steady(15, to: 60).flatMap { [$0, $0 + 1e-8, $0 + 2e-8] }
        let recording = Recording(SmoothingTests.waving, at: times, tremble: 0.5)
        #expect(recording.error(of: recording.refined()) < recording.error(of: recording.unsmoothed))
        var refiner = Refiner(skeleton: .coco17)
        var smoother = PoseSmoother(skeleton: .coco17, settings: Self.lagging)
        var (held, pending) = ([0], [0])
        for index in 0..<40_000 {
            let frame = PoseFrame(index: index, time: Timestamp(nanoseconds: Int64(index)), people: [])
            held.append(held[index] + 1 - refiner.refine(frame).count)
            pending.append(pending[index] + 2 - smoother.smooth(frame).count)
        }
        #expect(held.allSatisfy { $0 < 30_000 } && pending.allSatisfy { $0 <= 3000 })
    }

    /// A long recording is refined half a minute at a time.
    @Test(arguments: [Refiner.Method.butterworth(cutoff: 6, order: 4), .kalman]) func seamsDoNotShow(method: Refiner.Method) {
        let actor = Actor(path: { (600 + 100 * sin($0), 360) }, gesture: SmoothingTests.waving.gesture)
        let recording = Recording(actor, at: steady(15, to: 70), tremble: 0.5)
        var settings = Refiner.Settings()
        settings.method = method
        var refiner = Refiner(skeleton: .coco17, settings: settings)
        var refined: [PoseFrame] = []
        var calls = 0
        for frame in recording.frames {
            let given = refiner.refine(frame)
            calls += given.isEmpty ? 0 : 1
            refined += given
        }
        refined += refiner.finish()
        #expect(calls == 2)
        #expect(refined.map(\.index) == recording.frames.map(\.index))
        var tail = Recording(actor, at: steady(15, to: 70), tremble: 0.5)
        tail.frames = Array(tail.frames[300..<750])
        let inside = 125..<325
        let whole = path(of: 9, in: tail.refined(settings))[inside].compactMap { $0.map { Double($0.x) } }
        let seamed = path(of: 9, in: Array(refined[300..<750]))[inside].compactMap { $0.map { Double($0.x) } }
        #expect(difference(whole, seamed) < 1e-5)
    }
}
