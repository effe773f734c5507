import PoseTypes
import TestSupport
import Testing

@testable import PosedKit

@Suite struct ProgressBarTests {
    /// Collects what a bar writes. Used by one test at a time.
    final class Terminal { var writes: [String] = [] }

    func bar(total: Int?, width: Int = 80, on terminal: Terminal? = nil, start: ContinuousClock.Instant = .now) -> ProgressBar {
        let write: ((String) -> Void)? = terminal.map { terminal in { terminal.writes.append($0) } }
        return ProgressBar(label: "squat.mp4", total: total, width: width, start: start, write: write)
    }

    @Test func itSaysHowFarAtWhatRateAndHowLong() {
        var bar = bar(total: 322)
        bar.update(161)
        #expect(bar.text(after: 5) == "squat.mp4  ━━━━━━━━━━━━━━━───────────────   50%  161/322  32.2 fps  0:05 left")
    }

    @Test func withoutATotalItCounts() {
        var bar = bar(total: nil)
        bar.update(161)
        #expect(bar.text(after: 5) == "squat.mp4  161 frames  32.2 fps")
    }

    @Test(arguments: [1, 10, 30, 50, 60, 80, 200]) func itFitsTheTerminal(width: Int) {
        var bar = bar(total: 1_000_000, width: width)
        for done in [0, 1, 999_999, 1_000_000, 1_200_000] {
            bar.update(done)
            #expect(bar.text(after: 3600).count <= max(1, width - 1))
        }
    }

    @Test func itIsRedrawnTenTimesASecondAtMost() {
        let terminal = Terminal()
        let start = ContinuousClock.now
        var bar = bar(total: 1000, on: terminal, start: start)
        for frame in 0..<1000 { bar.update(frame, at: start + .milliseconds(frame)) }
        #expect(terminal.writes.count == 10)
        bar.clear()
        #expect(terminal.writes.last == "\r\u{1B}[K")
    }
}

@Suite struct KeypointTableTests {
    @Test func weakKeypointsAreCountedNotListed() {
        let skeleton = Skeleton(name: "face", joints: ["nose", "left_eye"], bones: [], mirror: [0, 1], sigmas: [])
        let pose = Pose(keypoints: [Keypoint(x: 512.25, y: 100.5, score: 0.93), Keypoint(x: 1, y: 1, score: 0.1)])
        let person = Person(box: BoundingBox(x: 0, y: 0, width: 1, height: 1), score: 1, pose: pose)
        #expect(
            KeypointTable([person], skeleton: skeleton).description == """
                person  keypoint         x        y  score
                     0  nose        512.25   100.50   0.93
                1 keypoint below 0.30 not listed
                """)
    }

    @Test func aPictureWithoutPeopleSaysSo() {
        #expect(KeypointTable([], skeleton: .coco17).description == "nobody found")
    }
}
