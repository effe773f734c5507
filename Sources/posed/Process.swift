import ArgumentParser
import Models
import PosedKit
import Settings

struct Process: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the poses in video files and pictures.",
        discussion: """
            Writes one JSON Lines file for each input: a header, then a line for each frame as soon as it is known. An \
            existing file of that name is replaced once the input has given its first frame; an input is never \
            overwritten. A picture also prints a table of its keypoints, unless its records go to standard output.

            Of several inputs, one that fails is named and the next one follows; the exit code is that of the first \
            failure. Ctrl-C finishes what was begun, so that every file is whole; another one, a \
            second or more later, ends at once.

            EXIT CODES
              0    done; a damaged input up to the damage, with a warning
              64   usage
              65   not a video, no frames in it, damaged weights or boxes
              66   an input is missing or unreadable
              69   a server is unavailable
              70   an error in posed itself
              73   an output cannot be made
              74   an output failed half-way, for example on a full disk
              130  ended by Ctrl-C, 143 by SIGTERM; every file is whole
              141  whoever read standard output has gone
            """)

    @Argument(help: "Videos, pictures, folders of numbered pictures, or - for standard input.")
    var input: [String]

    @Option(
        help: ArgumentHelp(
            "Where the records go: a file, a folder (needed for several inputs), or - for standard output. (default: INPUT.poses.jsonl)",
            valueName: "file|dir|-"))
    var out: String?

    @Option(
        help: ArgumentHelp(
            "Draw the poses over the video into an mp4, or over the picture into a png or jpg; or into a folder.",
            valueName: "file|dir"))
    var overlay: String?

    @Option(
        help: ArgumentHelp(
            "Take the people's boxes from this file instead of a detector: lines {\"frame\":0,\"boxes\":[[x,y,width,height]]}.",
            valueName: "file"))
    var boxes: String?

    @Option(help: ArgumentHelp("Begin at this time of the video.", valueName: "seconds"))
    var from: Double?

    @Option(help: ArgumentHelp("End before this time of the video.", valueName: "seconds"))
    var to: Double?

    @Option(help: ArgumentHelp("The pose network: a name that posed models list knows, or a folder.", valueName: "model"))
    var pose = ModelStore.defaultPose

    @Option(
        help: ArgumentHelp(
            "The detector: a name, a folder or an onnx file. (default: \(ModelStore.defaultDetector))", valueName: "model"))
    var detector: String?

    @Option(help: ArgumentHelp(PrecisionChoice.help, valueName: PrecisionChoice.names)) var precision = PrecisionChoice.auto

    @OptionGroup var tuning: SettingsOptions

    func validate() throws {
        try require(from ?? 0 >= 0 && from ?? 0 < .infinity, "--from is 0 or more seconds")
        try require(to ?? .infinity > from ?? 0, "--to lies after --from")
        if boxes != nil {
            try require(detector == nil, "--boxes takes the place of --detector: give one of them")
            try require(input.count == 1, "--boxes belongs to one input, not to \(input.count)")
        }
    }

    func run() async throws {
        let jobs = try FileJob.plan(
            inputs: input.map { $0 == "-" ? "/dev/stdin" : $0 }, out: out, overlay: overlay, keeping: boxes.map { [$0] } ?? [])
        var options = FileOptions()
        options.settings = tuning.settings
        options.boxes = try boxes.map { try BoxesFile(path: $0) }
        (options.from, options.to) = (from, to)
        let signals = StopSignals()
        var names = NetworkNames()
        (names.detector, names.pose, names.precision) = (detector ?? names.detector, pose, precision)
        let networks = try NetworkPool(ModelStore()).networks(names, detects: boxes == nil)
        tell(networks.description)
        var failure: ExitCode?
        for job in jobs where signals.received == nil {
            do {
                let report = try await FileRun(job, options: options, networks: networks, signals: signals)()
                if let warning = report.warning { complain("warning: \(warning)") }
                tell(report.description)
            } catch is CancellationError {
                break
            } catch {
                complain(error)
                // After a signal, 130 promises that every file is whole.
                if signals.received != nil { throw ExitCode(error) }
                failure = failure ?? ExitCode(error)
            }
        }
        if let signal = signals.received { throw ExitCode(128 + signal) }
        if let failure { throw failure }
    }
}
