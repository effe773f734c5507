import Foundation
import Subprocess
import TestSupport
import Testing

/// What `posed bench` prints, not how fast anything is: other tests keep the machine busy.
@Suite(.timeLimit(.minutes(10))) struct BenchTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    struct Object<Results: Decodable>: Decodable {
        let bench: String
        let version: String
        let kernels: String
        let processors: Int
        let results: Results
    }

    /// The results in the one object that a bench prints with `--json`.
    func results<Results: Decodable>(_ arguments: String..., as type: Results.Type) async throws -> Results {
        let outcome = try await workshop.posed(["bench"] + arguments + ["--json"]) { _ in }
        try #require(outcome.status == .exited(0), "\(outcome.messages)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let object = try decoder.decode(Object<Results>.self, from: Data(outcome.output.utf8))
        #expect(object.bench == arguments[0] && object.version == "0.1.0" && !object.kernels.isEmpty && object.processors > 0)
        return object.results
    }

    struct Pipeline: Decodable {
        struct Model: Decodable {
            let id: String
            let precision: String
        }

        struct Stage: Decodable {
            let stage: String
            let medianMs: Double
            let p95Ms: Double
            let share: Double
            let items: Int
        }

        let video: String
        let detector: Model
        let pose: Model
        let rounds: Int
        let frames: Int
        let framesPerSecond: Double
        let personsPerFrame: Double
        let latencyP50Ms: Double
        let latencyP95Ms: Double
        let latencyP99Ms: Double
        let peakResidentMb: Double
        let stages: [Stage]
    }

    @Test func thePipelineIsMeasuredStageByStage() async throws {
        try await workshop.makeWalk("walk.mp4")
        let results = try await results(
            "pipeline", "walk.mp4", "--rounds", "2", "--detect-every", "4", "--precision", "fp32", as: Pipeline.self)
        #expect(results.video == "walk.mp4" && results.rounds == 2 && results.frames == 120)
        #expect(results.detector.id == "person-nano" && results.pose.id == "vitpose-tiny")
        #expect([results.detector, results.pose].allSatisfy { $0.precision == "fp32" })
        #expect(results.stages.map(\.stage) == ["open", "decode", "camera", "detect", "estimate", "follow", "smooth", "write"])
        for stage in results.stages {
            #expect(stage.medianMs >= 0 && stage.p95Ms >= stage.medianMs && stage.share >= 0, "\(stage)")
            #expect(stage.items <= 120, "\(stage)")
        }
        #expect(results.stages.filter { $0.items == 120 }.map(\.stage).contains("write"))
        #expect(results.personsPerFrame > 0.5 && results.framesPerSecond > 0 && results.peakResidentMb > 10)
        #expect(results.latencyP50Ms > 0 && results.latencyP95Ms >= results.latencyP50Ms)
        #expect(results.latencyP99Ms >= results.latencyP95Ms)
        #expect(!workshop.exists("walk.mp4.poses.jsonl"))
    }

    @Test func thePipelinesTableHasALineForEveryStage() async throws {
        try await workshop.makeVideo("clip.mp4")
        let outcome = try await workshop.posed("bench", "pipeline", "clip.mp4")
        #expect(outcome.status == .exited(0), "\(outcome.messages)")
        let lines = outcome.output.split(separator: "\n")
        for stage in ["decode", "detect", "write"] { #expect(lines.count { $0.hasPrefix(stage + " ") } == 1, "\(lines)") }
        #expect(lines.contains { $0.hasPrefix("20 frames: ") }, "\(lines)")
        #expect(try await workshop.posed("bench", "pipeline", "missing.mp4").status == .exited(66))
        #expect(try await workshop.posed("bench", "pipeline", "clip.mp4", "--rounds", "0").status == .exited(64))
    }

    @Test func aPictureIsMeasuredWithoutItsTable() async throws {
        try await workshop.tool(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x128", "-frames:v", "1", "still.jpg")
        struct Picture: Decodable {
            let frames: Int
            let personsPerFrame: Double?
        }
        let results = try await results("pipeline", "still.jpg", as: Picture.self)
        #expect(results.frames == 1 && results.personsPerFrame == nil)
    }

    @Test func networksAreMeasuredByPrecisionAndBatch() async throws {
        struct Row: Decodable {
            let network: String
            let precision: String
            let threads: Int
            let batch: Int
            let medianMs: Double
            let processorMs: Double
            let gflopPerS: Double
            let ceilingGflopPerS: Double
            let share: Double
        }
        let rows = try await results(
            "network", "--model", "tiny,yolox-nano", "--batch", "1,2", "--threads", "1", "--seconds", "0.01", as: [Row].self)
        #expect(rows.map(\.network) == ["tiny", "tiny", "yolox-nano", "yolox-nano"] && rows.map(\.batch) == [1, 2, 1, 2])
        #expect(rows.allSatisfy { $0.precision == "fp32" && $0.threads == 1 && $0.medianMs > 0 && $0.processorMs > 0 })
        #expect(rows.allSatisfy { abs($0.share - $0.gflopPerS / $0.ceilingGflopPerS) < 1e-9 })
    }

    @Test func detectorsAreMeasuredInTurns() async throws {
        struct Row: Decodable {
            let detector: String
            let precision: String
            let widthPx: Int
            let heightPx: Int
            let rounds: Int
            let medianMs: Double
            let ratioToFirst: Double
        }
        let rows = try await results(
            "detector", "--model", "person-nano,person-nano", "--size", "320x240", "--rounds", "2", as: [Row].self)
        #expect(rows.map(\.detector) == ["person-nano", "person-nano"] && rows.map(\.widthPx) == [320, 320])
        #expect(rows.allSatisfy { $0.heightPx == 240 && $0.rounds == 2 && $0.medianMs > 0 && !$0.precision.isEmpty })
        #expect(rows[0].ratioToFirst == 1)
    }

    @Test func followingIsMeasuredByPeople() async throws {
        struct Row: Decodable {
            let people: Int
            let frames: Int
            let followMs: Double
            let smoothMs: Double
            let smoothWithLagMs: Double
        }
        let rows = try await results("follow", "--frames", "100", "--people", "2,10", as: [Row].self)
        #expect(rows.map(\.people) == [2, 10])
        #expect(rows.allSatisfy { $0.frames == 100 && $0.followMs > 0 && $0.smoothMs > 0 && $0.smoothWithLagMs > 0 })
    }
}
