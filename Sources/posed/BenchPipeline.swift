import ArgumentParser
import Basics
import Models
import PosedKit

/// `posed bench pipeline`: what `posed process` takes for a video, stage by stage.
struct BenchPipeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline",
        abstract: "Measure posed process over a video, whose records go nowhere: stages, rate, latency, memory.")

    @Argument(help: "A video.") var video: String
    @OptionGroup var chosen: NetworkOptions
    @OptionGroup var tuning: SettingsOptions
    @Option(help: "How often the video is processed.") var rounds = 1
    @OptionGroup var output: BenchOutput

    private var table: BenchTable<RunFigures.Stage> {
        BenchTable(
            BenchColumn("stage    ", \.stage), BenchColumn("median ms", 2, \.medianMs), BenchColumn("  p95 ms", 2, \.p95Ms),
            BenchColumn(" share") { decimals($0.share * 100, 0) + " %" }, BenchColumn("  times") { "\($0.items)" })
    }

    func validate() throws { try require((1...1000).contains(rounds), "--rounds is a number from 1 to 1000") }

    func run() async throws {
        var options = FileOptions()
        (options.settings, options.printsTable) = (tuning.settings, false)
        let networks = try NetworkPool(ModelStore()).networks(chosen.names)
        let signals = StopSignals()
        var runs: [RunReport] = []
        let job = FileJob(input: video, records: "/dev/null")
        while runs.count < rounds {
            do {
                runs.append(try await FileRun(job, options: options, networks: networks, signals: signals)())
            } catch is CancellationError where signals.received != nil {}
            if let signal = signals.received { throw ExitCode(128 + signal) }
        }
        if let warning = runs[0].warning { complain("warning: \(warning)") }
        let figures = RunFigures(runs, detector: networks.detectorModel, pose: networks.poseModel)
        output.say("\(networks)")
        output.say(table.titles)
        for stage in figures.stages { output.say(table.line(stage)) }
        output.say(figures.description)
        try output.finish("pipeline", figures)
    }
}
