import ArgumentParser
import Basics
import Glibc
import PoseTypes
import Settings
import Tracking

/// `posed bench follow`: what following and smoothing take for a frame, beside the networks.
struct BenchFollow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Measure following and smoothing: median time per frame, for people who cross each other's ways.")

    @Option(help: "Comma-separated numbers of people in every frame.") var people = "1,10"
    @Option(help: "Frames for each line, at 30 a second.") var frames = 3000

    func run() throws {
        let counts = try numbers(people, "--people")
        try require((100...1_000_000).contains(frames), "--frames is a number from 100 to 1000000")
        print("people  follow  smooth  together  smooth with --lag 0.4   (ms/frame)")
        for count in counts {
            let (follow, smooth) = measure(count, lag: nil)
            let (_, lagging) = measure(count, lag: 0.4)
            let times = [(follow, 7), (smooth, 7), (follow + smooth, 9), (lagging, 22)].map { decimals($0, 3).led(to: $1) }
            print("\("\(count)".led(to: 6)) \(times.joined(separator: " "))")
        }
    }

    /// Median milliseconds of a frame.
    private func measure(_ count: Int, lag: Double?) -> (follow: Double, smooth: Double) {
        var tracker = Tracker(skeleton: .coco17)
        var settings = PoseSmoother.Settings()
        settings.lag = lag
        var smoother = PoseSmoother(skeleton: .coco17, settings: settings)
        var crowd = Crowd(count)
        let clock = ContinuousClock()
        var (follow, smooth): ([Duration], [Duration]) = ([], [])
        for index in 0..<frames {
            let time = Timestamp(seconds: Double(index) / 30)
            let people = crowd.people(at: time.seconds)
            let start = clock.now
            _ = tracker.predict(at: time, width: 1920, height: 1080)
            _ = tracker.candidates(from: people.map { Detection(box: $0.box, score: $0.score) })
            let update = tracker.update(with: people, at: time)
            let followed = clock.now
            _ = smoother.smooth(PoseFrame(index: index, time: time, people: update.people, events: update.events))
            smooth.append(clock.now - followed)
            follow.append(followed - start)
        }
        func median(_ times: [Duration]) -> Double { times.sorted()[times.count / 2] / .milliseconds(1) }
        return (median(follow), median(smooth))
    }
}

/// People who walk to and fro, with limbs that swing and joints that tremble.
private struct Crowd {
    private let count: Int
    private var random = SystemRandomNumberGenerator()
    /// A standing body in heights around its centre, in COCO's order.
    private static let body: [(x: Double, y: Double)] = [
        (0, -0.43), (0.015, -0.445), (-0.015, -0.445), (0.04, -0.44), (-0.04, -0.44), (0.1, -0.31), (-0.1, -0.31), (0.13, -0.13),
        (-0.13, -0.13), (0.14, 0.03), (-0.14, 0.03), (0.07, 0.02), (-0.07, 0.02), (0.07, 0.25), (-0.07, 0.25), (0.07, 0.46),
        (-0.07, 0.46),
    ]

    init(_ count: Int) { self.count = count }

    mutating func people(at time: Double) -> [Person] {
        (0..<count).map { number in
            let phase = Double(number) * 2.4
            let (x, y) = (960 + 850 * sin(0.3 * time + phase), 540 + 200 * cos(phase))
            let height = 250 + 10 * Double(number % 20)
            let keypoints = Self.body.enumerated().map { joint, place in
                let swing = joint > 6 ? 0.05 * sin(6 * time + phase + Double(joint % 2) * .pi) : 0
                return Keypoint(
                    x: Float(x + height * (place.x + swing + tremble())), y: Float(y + height * (place.y + tremble())), score: 0.6
                )
            }
            let box = BoundingBox(
                x: Float(x - 0.18 * height), y: Float(y - height / 2), width: Float(0.36 * height), height: Float(height))
            return Person(box: box, score: 0.8, pose: Pose(keypoints: keypoints))
        }
    }

    private mutating func tremble() -> Double { Double.random(in: -0.01...0.01, using: &random) }
}
