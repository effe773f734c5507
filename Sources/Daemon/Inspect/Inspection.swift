import Basics
import Media
import PoseTypes
import PosedKit
import Settings
import Synchronization

/// What a source gave while it was looked at.
package struct Inspection: Sendable {
    struct Sample: Sendable {
        let index: Int
        /// Seconds on the source's clock, and on ours when it came.
        let time: Double
        let arrival: Double
        let type: Character
        let isKeyframe: Bool
    }

    let source: InspectedSource
    let options: LiveOptions
    let samples: [Sample]
    let status: LiveStatus
    /// When the last frame was captured.
    let capture: Capture
    /// Seconds from the attempt to connect to the first picture.
    let start: Double

    /// Looks at a source for `seconds` from its first picture on. Blocks; throws where no picture comes.
    package static func run(
        _ source: InspectedSource, seconds: Double, options: LiveOptions = LiveOptions()
    ) throws -> Inspection {
        let interrupt = Interrupt(), failure = Mutex<String?>(nil)
        // One connection is looked at: what is lost is not waited for.
        let reader = try LiveReader(address: source.address, options: options, interrupt: interrupt) {
            guard case .lost(let reason, _) = $0 else { return }
            failure.withLock { $0 = reason }
            interrupt.interrupt()
        }
        let began = ContinuousClock.now
        var (samples, first, capture) = ([Sample](), nil as ContinuousClock.Instant?, nil as Capture?)
        while let picture = try reader.next() {
            let now = ContinuousClock.now
            first = first ?? now
            capture = picture.capture
            samples.append(
                Sample(
                    index: picture.index, time: picture.time.seconds, arrival: first!.duration(to: now) / .seconds(1),
                    type: picture.type, isKeyframe: picture.isKeyframe))
            if first!.duration(to: now) > .seconds(seconds) { break }
        }
        guard let first, let capture else {
            throw PosedError(.missingInput, failure.withLock { $0 } ?? "\(source.name): gave no picture")
        }
        return Inspection(
            source: source, options: options, samples: samples, status: reader.status, capture: capture,
            start: began.duration(to: first) / .seconds(1))
    }
}

/// The numbers that a report is made of.
extension Inspection {
    /// Seconds between neighbours, on the source's clock; hidden pictures in between are not counted as one long step.
    var intervals: [Double] {
        zip(samples, samples.dropFirst()).filter { $1.index == $0.index + 1 }.map { $1.time - $0.time }
    }

    var frameRate: Double? {
        let intervals = intervals
        let sum = intervals.reduce(0, +)
        return sum > 0 ? Double(intervals.count) / sum : nil
    }

    /// The standard deviation of the intervals, in seconds.
    var spread: Double {
        let intervals = intervals
        guard intervals.count > 1 else { return 0 }
        let mean = intervals.reduce(0, +) / Double(intervals.count)
        return (intervals.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(intervals.count - 1)).squareRoot()
    }

    /// The longest time without a picture, in seconds.
    var longestGap: Double { zip(samples, samples.dropFirst()).map { $1.arrival - $0.arrival }.max() ?? 0 }

    /// The usual count of frames from a keyframe to the next (the median); nil where fewer than two came.
    var groupLength: Int? {
        let keyframes = samples.filter(\.isKeyframe).map(\.index)
        let lengths = zip(keyframes, keyframes.dropFirst()).map { $1 - $0 }.sorted()
        return lengths.isEmpty ? nil : lengths[lengths.count / 2]
    }

    /// The most B-frames in a row.
    var bFrames: Int {
        samples.reduce(into: (most: 0, run: 0)) { count, sample in
            count.run = sample.type == "B" ? count.run + 1 : 0
            count.most = max(count.most, count.run)
        }.most
    }

    /// Seconds of one core that a second of pictures takes to decode.
    var decodeLoad: Double { (frameRate ?? 0) * status.decodeSeconds / Double(max(status.decoded, 1)) }
}
