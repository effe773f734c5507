import ArgumentParser
import PosedKit

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write recorded poses in the format of another tool.",
        discussion: """
            FORMATS
              mot        the results file of MOTChallenge: frame,id,left,top,width,height,conf,-1,-1,-1 for everybody with an id; \
            frames and pixels count from 1
              csv        a table with a row for each joint of each person of each frame, for a spreadsheet or pandas
              coco       COCO's keypoint results, for pycocotools: what the network said
              alphapose  AlphaPose's results file
              mmpose     what MMPose's inferencer writes of a video
              openpose   a folder with a file for each frame, in BODY_25
              trc        a folder with a file of marker positions for each person, for OpenSim: pixels, y upwards
              pyskl      a pickle of everybody with an id, for PySKL and MMAction2

            All but coco have smoothed keypoints where they were recorded, and zeros (trc: nothing) for those that are missing. Of a frame that was recorded twice, the later version is written. Exit codes are those of posed process.
            """)

    @Argument(help: "The records: a file that posed process or posed refine wrote.")
    var poses: String

    @Option(help: ArgumentHelp("One of the formats above.", valueName: "format"))
    var format: ExportFormat

    @Option(
        help: ArgumentHelp(
            "Where it goes: a file, - for standard output, or a folder for openpose and trc.", valueName: "file|dir|-"))
    var out = "-"

    @Option(help: ArgumentHelp("Which session, where the records hold several.", valueName: "id"))
    var session: String?

    func run() throws { try ExportRun.export(poses, as: format, to: out, session: session) }
}

extension ExportFormat: ExpressibleByArgument {}
