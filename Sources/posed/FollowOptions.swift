import ArgumentParser
import PosedKit

/// How people are followed from frame to frame and their joints smoothed. Pipeline files use the same names.
struct FollowOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long somebody who is hidden or has left is remembered: one who comes back in time has the same id.",
            valueName: "seconds"))
    var trackBuffer = FileOptions().trackBuffer

    @Option(
        help: ArgumentHelp(
            """
            Write every frame a second time ("rev":1) so much later, smoothed with what came after it; 0.4 is a good value. \
            Recordings are better served by posed refine. (default: never)
            """, valueName: "seconds"))
    var lag: Double?

    @Option(
        help: ArgumentHelp(
            "How freely joints at rest may move. Lower: calmer, but slower to start; higher: more trembling.", valueName: "hertz")
    )
    var minCutoff = FileOptions().minCutoff

    @Option(
        help: ArgumentHelp(
            "How soon smoothing lets go of a joint that moves fast. Higher: less delay; lower: smoother motion.",
            valueName: "number"
        ))
    var beta = FileOptions().beta

    @OptionGroup var repairs: RepairOptions

    func validate() throws {
        try require((0...3600).contains(trackBuffer), "--track-buffer lies between 0 and 3600 seconds")
        try require(lag.map { $0 > 0 && $0 <= 10 } ?? true, "--lag lies above 0 and is at most 10 seconds")
        try require(minCutoff > 0 && minCutoff <= 1000, "--min-cutoff lies above 0 and is at most 1000 Hz")
        try require((0...1000).contains(beta), "--beta lies between 0 and 1000")
    }

    func apply(to options: inout FileOptions) {
        (options.trackBuffer, options.lag) = (trackBuffer, lag)
        (options.minCutoff, options.beta) = (minCutoff, beta)
        (options.repairsSwaps, options.gatesBones) = (!repairs.noSwapRepair, !repairs.noBoneGate)
    }
}

/// What may be left undone to joints that the network misplaced.
struct RepairOptions: ParsableArguments {
    @Flag(help: "Leave left and right as the network said, also where they changed sides for a moment.")
    var noSwapRepair = false

    @Flag(help: "Pass on joints that jumped away, to another person for example, instead of predicting them.")
    var noBoneGate = false
}

func require(_ holds: Bool, _ message: String) throws { if !holds { throw ValidationError(message) } }
