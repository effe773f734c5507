import ArgumentParser
import Basics
import Kernels
import Models
import Networks
import PoseTypes
import PosedKit
import Settings

/// `posed bench detector`: what finding the people in a picture takes, from its pixels to boxes.
struct BenchDetector: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detector",
        abstract: "Measure detectors, which take turns: median time per picture, and how it compares with the first one's.")

    @Option(help: "Comma-separated: names that posed models list knows, folders or onnx files.")
    var model = ModelStore.defaultDetector

    @Option(help: ArgumentHelp(PrecisionChoice.help, valueName: PrecisionChoice.names)) var precision = PrecisionChoice.auto
    @Option(help: "The picture's size.") var size = "1280x720"
    @Option(help: "Threads; all processors if not given.") var threads: Int?
    @Option(help: "Pictures that each detector is shown.") var rounds = 100
    @OptionGroup var output: BenchOutput

    private struct Row: Encodable {
        let detector: String
        let precision: String
        let threads: Int
        let widthPx: Int
        let heightPx: Int
        let rounds: Int
        /// Of one picture.
        let medianMs: Double
        /// The median of the rounds' ratios.
        let ratioToFirst: Double
    }

    private var table: BenchTable<Row> {
        BenchTable(
            BenchColumn("ms/picture", 2, \.medianMs), BenchColumn(" of the first", 3, \.ratioToFirst),
            BenchColumn(" precision", \.precision), BenchColumn(" detector ") { " " + $0.detector })
    }

    func run() throws {
        let sides = size.split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ (1...8192).contains($0) }) else {
            throw ValidationError("--size is WIDTHxHEIGHT, not \(size)")
        }
        guard rounds > 0 else { throw ValidationError("--rounds is more than 0") }
        guard threads.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--threads is from 1 to 1024") }
        ThreadBudget.threads = threads ?? ThreadBudget.availableCores
        let names = model.split(separator: ",").map(String.init)
        let store = try ModelStore()
        let precisions = names.map { store.precision(precision, for: $0) }
        let detectors = try zip(names, precisions).map { name, precision in
            try loadDetector(store.location(of: name, .detector), precision: precision)
        }
        // What is in the picture does not change how long the network takes.
        let picture = Image(
            width: sides[0], height: sides[1], pixels: (0..<sides[0] * sides[1] * 3).map { UInt8(clamping: $0 &* 7919 % 251) })
        for detector in detectors { _ = try detector.people(in: picture, threshold: 0.3) }
        var times = detectors.map { _ in [Double]() }
        for _ in 0..<rounds {
            for (index, detector) in detectors.enumerated() {
                let time = try ContinuousClock().measure { _ = try detector.people(in: picture, threshold: 0.3) }
                times[index].append(time / .seconds(1))
            }
        }
        output.say("loops: \(kernelSet); threads: \(ThreadBudget.threads); picture: \(size); rounds: \(rounds)")
        try output.rows(of: "detector", table) { add in
            for (index, name) in names.enumerated() {
                // Round by round: what else the machine does slows both down.
                let ratio = zip(times[index], times[0]).map { $0 / $1 }.sorted()[rounds / 2]
                add(
                    Row(
                        detector: name, precision: precisions[index].rawValue, threads: ThreadBudget.threads, widthPx: sides[0],
                        heightPx: sides[1], rounds: rounds, medianMs: times[index].sorted()[rounds / 2] * 1000,
                        ratioToFirst: ratio))
            }
        }
    }
}
