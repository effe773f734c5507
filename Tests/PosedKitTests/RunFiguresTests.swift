import Flow
import Records
import Testing

@testable import PosedKit

@Suite struct RunFiguresTests {
    /// A run of ten frames, each of which was worked on for so many milliseconds, with a person in every second one.
    func run(milliseconds: Int, wall: Double) -> RunReport {
        var decode = StageStatistics(name: "decode", role: .source)
        decode.items = 10
        decode.busy = .milliseconds(10 * milliseconds)
        for _ in 0..<10 { decode.fineTimes.add(Double(milliseconds) / 1000) }
        var write = StageStatistics(name: "write", role: .sink)
        write.items = 10
        let tracking = TrackingReport()
        tracking.update { $0.sightings = 5 }
        var latencies = Histogram(bounds: Histogram.fine)
        for _ in 0..<10 { latencies.add(0.1) }
        return RunReport(
            job: FileJob(input: "squat.mp4", records: "/dev/null"), opening: StageStatistics(name: "open"),
            pipeline: [decode, write],
            parts: [], decoding: Decode.Report(), tracking: tracking, latencies: latencies, wall: wall)
    }

    @Test func roundsAddUp() throws {
        let runs = [run(milliseconds: 10, wall: 1), run(milliseconds: 10, wall: 0.5), run(milliseconds: 40, wall: 2)]
        let figures = RunFigures(runs, detector: nil, pose: StreamHeader.Model(id: "tiny", precision: "fp32"))
        #expect(figures.rounds == 3 && figures.frames == 30)
        #expect(figures.framesPerSecond == 10, "the median round's")
        #expect(figures.personsPerFrame == 0.5)
        #expect(abs(try #require(figures.latencyP99Ms) - 100) < 2)
        #expect(try #require(figures.peakResidentMb) > 1)
        let decode = try #require(figures.stages.first)
        #expect(figures.stages.map(\.stage) == ["decode"], "nothing else was timed")
        #expect(decode.items == 30 && abs(decode.medianMs - 10) < 0.2 && abs(decode.p95Ms - 40) < 0.8)
        #expect(abs(decode.share - 0.6 / 3.5) < 1e-9)
        #expect(figures.description.hasPrefix("30 frames: 10.0 a second, 0.5 persons a frame, "))
    }

    @Test func latencyCountsAFrameOnce() {
        let latency = FrameLatency()
        for index in 0..<3 { latency.begin(index) }
        for index in [0, 1, 0, 7] { latency.end(index) }
        #expect(latency.times.count == 2)
    }
}
