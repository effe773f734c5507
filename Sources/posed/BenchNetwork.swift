import ArgumentParser
import Basics
import Glibc
import Kernels
import Networks
import Settings

/// `posed bench network`: what a network takes per crop, and how much of the processor that is.
struct BenchNetwork: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Measure networks: median time per picture, arithmetic rate, share of the rate of one large matrix product.")

    @Option(
        help: """
            Comma-separated: folders of ViTPose networks, or published shapes with numbers that mean nothing: tiny, s, b, l, h \
            (ViTPose at 256x192; tiny with the simple decoder, the others with the classic one), g (1B, 576x432), tokenpose-t, -s-v1, -s-v2, -b, \
            -l-d6, -l-d24 (256x192), yolox-nano, yolox-tiny (416x416), yolox-s, rtdetr-r18, dfine-n (640x640).
            """)
    var model = "tiny,s,b,yolox-nano"

    @Option(help: "Comma-separated precisions: fp32, bf16, int8.") var precision = "fp32"
    @Option(help: "Comma-separated numbers of threads; all processors if not given.") var threads: String?
    @Option(help: "Comma-separated numbers of pictures at once.") var batch = "1,4"
    @Option(help: "Seconds for each line.") var seconds = 3.0
    @OptionGroup var output: BenchOutput

    private struct Row: Encodable {
        let network: String
        let precision: String
        let threads: Int
        let batch: Int
        /// Of one picture.
        let medianMs: Double
        /// Mean time that processors worked for one picture.
        let processorMs: Double
        let gflopPerS: Double
        /// What one large matrix product reached.
        let ceilingGflopPerS: Double
        /// Of the ceiling.
        let share: Double
    }

    private var table: BenchTable<Row> {
        BenchTable(
            BenchColumn("network             ") { String($0.network.suffix(20)) }, BenchColumn("precision", \.precision),
            BenchColumn("threads") { "\($0.threads)" }, BenchColumn("batch") { "\($0.batch)" },
            BenchColumn(" ms/picture", 2, \.medianMs), BenchColumn(" CPU ms", 2, \.processorMs),
            BenchColumn(" GFLOP/s", 0, \.gflopPerS), BenchColumn(" ceiling", 0, \.ceilingGflopPerS),
            BenchColumn(" share") { decimals($0.share * 100, 0) + "%" })
    }

    func run() throws {
        let threadCounts = try threads.map { try numbers($0, "--threads") } ?? [ThreadBudget.availableCores]
        let batches = try numbers(batch, "--batch")
        guard seconds > 0, seconds.isFinite else { throw ValidationError("--seconds is more than 0") }
        let precisions = try precision.split(separator: ",").map { name in
            guard let precision = Precision(rawValue: String(name)) else { throw ValidationError("--precision has no \(name)") }
            guard precision.isAvailable else { throw ValidationError("this processor has no instructions for \(precision)") }
            return precision
        }
        output.say("loops: \(kernelSet); processors: \(ThreadBudget.availableCores)")
        try output.rows(of: "network", table) { add in
            for name in model.split(separator: ",").map(String.init) {
                for (precision, threads) in precisions.flatMap({ precision in threadCounts.map { (precision, $0) } }) {
                    let subject = try MeasuredNetwork(named: name, precision: precision)
                    ThreadBudget.threads = threads
                    for batch in batches {
                        // The ceiling is taken before and after: on a machine with other work it moves.
                        var ceiling = ceiling(threads: threads, precision)
                        let (time, processor) = subject.time(batch: batch, seconds: seconds)
                        ceiling = max(ceiling, self.ceiling(threads: threads, precision))
                        let rate = subject.operations / time / 1e9
                        add(
                            Row(
                                network: name, precision: precision.rawValue, threads: threads, batch: batch,
                                medianMs: time * 1000,
                                processorMs: processor * 1000, gflopPerS: rate, ceilingGflopPerS: ceiling, share: rate / ceiling))
                    }
                }
            }
        }
    }

    /// GFLOP/s of the best of many products of `[192 * threads, 768]` and `[768, 768]`, whose operands stay in cache.
    private func ceiling(threads: Int, _ precision: Precision) -> Double {
        let layer = Linear(weight: Tensor([768, 768]), bias: nil, precision: precision)
        let (x, y) = (Tensor([192 * threads, 768]), Tensor([192 * threads, 768]))
        let times = durations(seconds: min(0.5, seconds / 4), atLeast: 20) { layer(x, into: y) }
        return 2 * Double(192 * threads * 768 * 768) / (times.min() ?? .infinity) / 1e9
    }
}

extension MeasuredNetwork {
    /// Median seconds for a picture of a batch; and mean seconds that processors worked for it, which other work on the
    /// machine does not change much.
    fileprivate func time(batch: Int, seconds: Double) -> (median: Double, processor: Double) {
        let size = inputShape.reduce(batch, *)
        let images = Tensor([batch] + inputShape, (0..<size).map { Float($0 * 7919 % 1009) / 1009 })
        _ = run(images)
        let before = processorSeconds()
        let times = durations(seconds: seconds, atLeast: 5) { _ = run(images) }.sorted()
        let processor = processorSeconds() - before
        return (times[times.count / 2] / Double(batch), processor / Double(times.count * batch))
    }
}

private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// How long `body` takes, each time, for as many times as `seconds` have room.
private func durations(seconds: Double, atLeast count: Int, _ body: () -> Void) -> [Double] {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var durations: [Double] = []
    while clock.now < end || durations.count < count { durations.append(clock.measure(body) / .seconds(1)) }
    return durations
}
