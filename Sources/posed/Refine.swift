import ArgumentParser
import PosedKit
import Settings

struct Refine: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Smooth recorded poses with all of their past and future.",
        discussion: """
            Writes the same records with better joints (kps, state, sigma): single outliers are rejected, short gaps filled, \
            and nothing is delayed. Everything else stays as it is, what the networks said (bbox, kp) above all, so a recording \
            can be refined again. People without an id are left alone. Of a frame that was recorded twice, one version is written.

            METHODS
              butterworth  a low-pass filter run forwards and backwards, as usual in biomechanics
              rts          a Kalman smoother, which trusts a joint as far as the network did

            Exit codes are those of posed process.
            """)

    @Argument(help: "The records: a file that posed process wrote.")
    var poses: String

    @Option(
        help: ArgumentHelp(
            "Where the records go: a file, or - for standard output. (default: POSES with .refined before its .jsonl)",
            valueName: "file|-"))
    var out: String?

    @Option(help: ArgumentHelp("butterworth or rts.", valueName: "method"))
    var method = RefineOptions.Method.butterworth

    @Option(
        help: ArgumentHelp(
            "What moves faster to and fro than so many times a second is taken for trembling (butterworth).", valueName: "hertz"))
    var cutoff = RefineOptions().cutoff

    @Option(
        help: ArgumentHelp(
            "The longest time without a joint that is filled; it stays missing in longer ones.", valueName: "seconds"))
    var longestGap = RefineOptions().longestGap

    @OptionGroup var repairs: RepairOptions

    func validate() throws {
        try require(cutoff > 0 && cutoff <= 1000, "--cutoff lies above 0 and is at most 1000 Hz")
        try require((0...10).contains(longestGap), "--longest-gap lies between 0 and 10 seconds")
    }

    func run() throws {
        var options = RefineOptions()
        (options.method, options.cutoff, options.longestGap) = (method, cutoff, longestGap)
        options.gatesBones = !repairs.noBoneGate
        let run = try RefineRun(poses, to: out, options: options)
        tell(try run().description)
    }
}

extension RefineOptions.Method: ExpressibleByArgument {}
