import ArgumentParser
import PosedKit

struct EvalTrack: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "track", abstract: "HOTA, IDF1, MOTA, id switches and fragmentations of tracks.",
        discussion: """
            Both files are in the MOTChallenge format, a row a box: frame, id, left, top, width, height, confidence. Rows of \
            the ground truth with confidence 0 are left out, and where it has classes (8 or 9 columns), all but pedestrians.
            """)

    @Option(help: ArgumentHelp("The ground truth.", valueName: "file"))
    var truth: String

    @Option(help: ArgumentHelp("The tracks to be measured.", valueName: "file"))
    var results: String

    func run() throws { try FollowingEvaluation(truth: truth, results: results).run { print($0) } }
}
