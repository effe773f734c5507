import CFFmpeg
import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    /// Times from outside may be anything, and none of them ends the process.
    @Suite struct AbsurdTimes {
        static let anyTimes: [Int64] = {
            let near: [Int64] = [0, 1, 90_000, 1 << 31, 1 << 53, 1 << 60, 1 << 61, 1 << 62]
            return near.flatMap { [$0 - 1, $0, $0 + 1, -$0] } + [.min, .min + 1, .max - 1, .max]
        }()
        private static let bases: [AVRational] = [
            (1, 90_000), (1, 1), (1, 1_000_000_000), (.max, 1), (1, .max), (0, 1), (1, 0), (-1, 5),
        ]
        .map { AVRational(num: $0.0, den: $0.1) }

        @Test func theGateLetsOnlyTimesThrough() {
            for base in Self.bases {
                for ticks in Self.anyTimes {
                    guard let nanoseconds = base.nanoseconds(ticks) else { continue }
                    #expect(nanoseconds.magnitude <= 1 << 61 && base.time(ticks) == ticks)
                    let exact = Double(ticks) * Double(base.num) / Double(base.den) * 1e9
                    #expect(abs(Double(nanoseconds) - exact) <= 1 + abs(exact) * 1e-12)
                }
            }
            #expect(AVRational(num: 1, den: 1).nanoseconds(1 << 40) == nil, "35,000 years")
            #expect(AVRational(num: 0, den: 1).nanoseconds(0) == nil && AVRational(num: 1, den: 0).nanoseconds(0) == nil)
        }

        @Test func clocksIncreaseWhateverTheyAreTold() {
            var random = SystemRandomNumberGenerator()
            for base in Self.bases {
                var frames = FrameClock(
                    timeBase: base, origin: Self.anyTimes.randomElement(), frameRate: [nil, 1e-9, 25, 1e12].randomElement()!)
                var session = SessionClock()
                var (lastFrame, lastSession) = (Int64.min, Int64.min)
                for round in 0..<2000 {
                    let ticks = Bool.random(using: &random) ? Self.anyTimes.randomElement() : Int64.random(in: .min ... .max)
                    let time = frames.next(base.time(ticks ?? 0))
                    #expect(time.nanoseconds > lastFrame && time.nanoseconds < 1 << 62)
                    lastFrame = time.nanoseconds
                    if round % 50 == 0 { session.reconnect(gap: Bool.random() ? nil : 1 << 61) }
                    let joined = session.next(time, now: Int64(round) * 1_000_000_000, isLive: Bool.random(using: &random))
                    #expect(joined.nanoseconds > lastSession && joined.nanoseconds < 1 << 62)
                    lastSession = joined.nanoseconds
                }
            }
        }

        @Test func picturesAreNeverDatedIntoTheFuture() {
            let (now, unix): (Int64, Int64) = (1_000_000_000_000, 1_700_000_000_000_000_000)
            var clock = CaptureClock()
            let times = Self.anyTimes.filter { $0.magnitude <= 1 << 61 }
            for time in times {
                for sender in [nil] + times.map(Optional.some) {
                    clock.note(time, arrival: now, sender: sender)
                    for other in times {
                        let capture = clock.capture(of: other, monotonic: now, unix: unix)
                        let age = Double(unix - capture.unixNanoseconds) / 1e9
                        #expect((-1...70).contains(age), "\(time) \(String(describing: sender)) \(other)")
                    }
                }
            }
        }

        /// A leap of 36 years is not waited out.
        @Test func theTimeOfALeapIsNotWaitedOut() {
            var pace = Pace()
            let start = monotonicTime()
            for time: Int64 in [0, 1 << 60, (1 << 60) + 1_000_000, 1 << 61, 5] {
                pace.wait(for: Timestamp(nanoseconds: time), Interrupt())
            }
            #expect(monotonicTime() - start < 10_000_000_000)
        }

        private static let absurd: [(name: String, times: [Int64], scale: UInt64)] = [
            ("leap", [0, 1 << 40, 1 << 41, 40, 80], 1_000_000),
            ("leap of 2^62", [0, 40, 1 << 62, (1 << 62) + 40, 80], 1),
            ("last", [.max, .max - 40, .max], 1),
            ("first", [.min, 0, 40], 1), ("back", [1 << 61, 1 << 60, 1 << 50, 0], 1),
            ("scale", [0, 1, 2, 3], 1 << 62), ("scale of 0", [0, 1, 2, 3], 0),
        ]

        /// Read, read from anywhere, looped in real time, and written again.
        @Test(arguments: absurd.map(\.name))
        func filesAreReadToTheirEnd(name: String) throws {
            let clip = Self.absurd.first { $0.name == name }!
            let picture = try Data(
                contentsOf: URL(filePath: Workspace.make("p.jpg", "-f lavfi -i testsrc2=s=96x64:d=0.04 -frames:v 1")))
            let path = try MatroskaFile.make("clip.mkv", picture: picture, times: clip.times, scale: clip.scale)
            let frames: [VideoFrame]
            do {
                frames = try VideoReader(path: path).rest()
            } catch let error as MediaError {
                // FFmpeg may refuse it; nothing may end the process.
                #expect(error.kind == .badInput && name.hasPrefix("scale"))
                return
            }
            #expect(zip(frames.times, frames.times.dropFirst()).allSatisfy { $0 < $1 })
            let writer = try VideoWriter(path: Workspace.path("out.mp4"), width: 96, height: 64, frameRate: nil)
            for frame in frames { try writer.write(frame.image, at: frame.time) }
            try writer.finish()
            #expect(try VideoReader(path: Workspace.path("out.mp4")).rest().count == frames.count)
            for from in [1e-9, 3, 1e9, 1e300, .infinity, -.infinity, .nan] {
                _ = mediaError { _ = try VideoReader(path: path, from: from, to: -from).rest() }
                _ = mediaError { _ = try VideoReader(path: path, from: from).rest() }
            }
            let watcher = LiveWatcher(path, LiveOptions(realtime: true, loop: true))
            #expect(watcher.wait { $0.pictures.count > 3 * clip.times.count || $0.error != nil })
            #expect(watcher.stop())
            #expect(zip(watcher.pictures, watcher.pictures.dropFirst()).allSatisfy { $0.time < $1.time })
        }
    }
}
