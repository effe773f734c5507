import ArgumentParser
import PosedKit

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make records of the poses that another tool found.",
        discussion: """
            What is imported can be refined, rendered, exported and measured as what posed found itself.

            FORMATS
              coco       COCO's keypoint results; image_id is the frame's number, from 0
              alphapose  AlphaPose's results file; idx becomes the id
              mmpose     what MMPose's inferencer or its demo programs write of a video
              openpose   the folder with a file for each frame, BODY_25 or COCO_18

            Exit codes are those of posed process.
            """)

    @Argument(help: "The file of the other tool, or OpenPose's folder.")
    var poses: String

    @Option(help: ArgumentHelp("One of the formats above.", valueName: "format"))
    var format: ImportFormat

    @Option(help: ArgumentHelp("The video that the poses were found in: it tells times and size.", valueName: "file"))
    var video: String

    @Option(help: ArgumentHelp("Where the records go: a file, or - for standard output.", valueName: "file|-"))
    var out = "-"

    func run() throws {
        let signals = StopSignals()
        do {
            tell(try ImportRun.run(poses, as: format, video: video, to: out, signals: signals))
        } catch is CancellationError {}
        if let signal = signals.received { throw ExitCode(128 + signal) }
    }
}

extension ImportFormat: ExpressibleByArgument {}
