import Basics
import Flow
import FoundationEssentials
import Records

/// How fast a file went through the pipeline, over one run or several.
package struct RunFigures: Sendable, Encodable {
    package struct Stage: Sendable, Encodable {
        /// The run report's name of it.
        package let stage: String
        /// Milliseconds of work on one value.
        package let medianMs: Double
        package let p95Ms: Double
        /// Of the time that the runs took. Stages overlap: shares may add up to more than 1.
        package let share: Double
        /// Values that it worked on: frames, as far as they gave it work.
        package let items: Int
    }

    package let video: String
    package let detector: StreamHeader.Model?
    package let pose: StreamHeader.Model
    package let rounds: Int
    /// In all rounds, like everything below but `framesPerSecond`.
    package let frames: Int
    /// The median round's, opening the file included.
    package let framesPerSecond: Double
    /// Nil for a picture.
    package let personsPerFrame: Double?
    /// Milliseconds from a decoded frame to its record, waiting in the pipeline's queues included; nil without frames.
    package let latencyP50Ms: Double?
    package let latencyP95Ms: Double?
    package let latencyP99Ms: Double?
    /// What the process held of the machine's memory at most, in millions of bytes; nil where the system does not tell.
    package let peakResidentMb: Double?
    package let stages: [Stage]

    /// - Parameter runs: of the same input, one at least.
    package init(_ runs: [RunReport], detector: StreamHeader.Model?, pose: StreamHeader.Model) {
        video = FileName.shown(runs[0].job.input)
        (self.detector, self.pose) = (detector, pose)
        rounds = runs.count
        let frames = runs.map(\.frames).reduce(0, +)
        self.frames = frames
        framesPerSecond = runs.map(\.rate).sorted()[rounds / 2]
        personsPerFrame = runs[0].sightings.map { _ in Double(runs.compactMap(\.sightings).reduce(0, +)) / Double(max(frames, 1))
        }
        let latencies = sum(runs.map(\.latencies))
        func latency(_ share: Double) -> Double? { latencies.quantile(share).map { $0 * 1000 } }
        (latencyP50Ms, latencyP95Ms, latencyP99Ms) = (latency(0.5), latency(0.95), latency(0.99))
        peakResidentMb = peakResidentBytes().map { Double($0) / 1e6 }
        let wall = runs.map(\.wall).reduce(0, +)
        stages = runs[0].stages.indices.compactMap { index in Stage(runs.map { $0.stages[index] }, wall: wall) }
    }
}

extension RunFigures: CustomStringConvertible {
    /// All but the stages, for a person.
    package var description: String {
        let rate = "\(counted(frames, "frame", "frames")): \(decimals(framesPerSecond, 1)) a second"
        let persons = personsPerFrame.map { "\(decimals($0, 1)) persons a frame" }
        let memory = peakResidentMb.map { "\(decimals($0, 0)) MB of memory at most" }
        let latencies = [(latencyP50Ms, "median"), (latencyP95Ms, "p95"), (latencyP99Ms, "p99")].compactMap { latency, name in
            latency.map { "\(decimals($0, 1)) ms (\(name))" }
        }
        return [rate, persons, memory].compactMap(\.self).joined(separator: ", ")
            + "\nfrom a decoded frame to its record: \(latencies.joined(separator: ", "))"
    }
}

extension RunFigures.Stage {
    /// Nil for a stage that had nothing to do.
    fileprivate init?(_ runs: [StageStatistics], wall: Double) {
        let times = sum(runs.map(\.fineTimes))
        guard let median = times.quantile(0.5), let high = times.quantile(0.95) else { return nil }
        stage = runs[0].name
        (medianMs, p95Ms) = (median * 1000, high * 1000)
        share = runs.map { $0.busy / .seconds(1) }.reduce(0, +) / max(wall, 1e-9)
        items = runs.map(\.items).reduce(0, +)
    }
}

private func sum(_ histograms: [Histogram]) -> Histogram {
    histograms.dropFirst().reduce(into: histograms[0]) { $0.add($1) }
}

/// Linux's own mark, which getrusage(2) would raise to that of the program that started this one.
private func peakResidentBytes() -> Int? {
    let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n")
    let words = lines?.first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: \.isWhitespace)
    guard let words, words.count == 3, let kibibytes = Int(words[1]) else { return nil }
    return kibibytes &* 1024
}
