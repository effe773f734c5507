import ArgumentParser
import PosedKit
import Settings

/// How people are tracked from frame to frame and their keypoints smoothed. Pipeline files use the same names, ranges and
/// defaults, which are those of `PoseSettings`.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp(PoseSettings.help("threshold"), valueName: "score"))
    var threshold = PoseSettings().threshold

    @Option(help: ArgumentHelp(PoseSettings.help("detect_every"), valueName: "n"))
    var detectEvery = PoseSettings().detectEvery

    @Option(help: ArgumentHelp(PoseSettings.help("max_persons") + " (default: all)", valueName: "n"))
    var maxPersons: Int?

    @Option(help: ArgumentHelp(PoseSettings.help("track_buffer"), valueName: "seconds"))
    var trackBuffer = PoseSettings().trackBuffer

    @Option(help: ArgumentHelp(PoseSettings.help("reidentify") + " (default: auto)", valueName: "seconds"))
    var reidentify: Double?

    @Option(help: ArgumentHelp(PoseSettings.help("lag") + " (default: never)", valueName: "seconds"))
    var lag: Double?

    @Option(help: ArgumentHelp(PoseSettings.help("min_cutoff"), valueName: "hertz"))
    var minCutoff = PoseSettings().minCutoff

    @Option(help: ArgumentHelp(PoseSettings.help("beta"), valueName: "number"))
    var beta = PoseSettings().beta

    @OptionGroup var repairs: RepairOptions
    @OptionGroup var drawing: DrawingOptions

    func validate() throws { if let problem = settings.problem { throw ValidationError(problem) } }

    var settings: PoseSettings {
        var settings = drawing.settings
        (settings.threshold, settings.detectEvery, settings.maxPersons) = (threshold, detectEvery, maxPersons)
        (settings.trackBuffer, settings.reidentify, settings.lag) = (trackBuffer, reidentify, lag)
        (settings.minCutoff, settings.beta) = (minCutoff, beta)
        settings.boneGate = !repairs.noBoneGate
        return settings
    }
}

/// What is drawn, by `process` and by `render`.
struct DrawingOptions: ParsableArguments {
    @Option(help: ArgumentHelp(PoseSettings.help("keypoint_threshold"), valueName: "score"))
    var keypointThreshold = PoseSettings().keypointThreshold

    @Option(help: ArgumentHelp(PoseSettings.help("trail"), valueName: "seconds"))
    var trail = PoseSettings().trail

    func validate() throws { if let problem = settings.problem { throw ValidationError(problem) } }

    var settings: PoseSettings {
        var settings = PoseSettings()
        (settings.keypointThreshold, settings.trail) = (keypointThreshold, trail)
        return settings
    }
}

/// What may be left undone to keypoints that the network misplaced.
struct RepairOptions: ParsableArguments {
    @Flag(help: "Pass on joints that jumped away, to another person for example, instead of predicting them.")
    var noBoneGate = false
}

func require(_ holds: Bool, _ message: String) throws { if !holds { throw ValidationError(message) } }
