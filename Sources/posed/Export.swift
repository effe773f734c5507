import ArgumentParser
import PosedKit

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write recorded poses in the format of another tool.",
        discussion: """
            FORMATS
              mot  the results file of MOTChallenge: frame,id,left,top,width,height,conf,-1,-1,-1 for everybody with an id; \
            frames and pixels count from 1
              csv  a table with a row for each joint of each person of each frame, for a spreadsheet or pandas

            Of a frame that was recorded twice, the later version is written. Exit codes are those of posed process.
            """)

    @Argument(help: "The records: a file that posed process or posed refine wrote.")
    var poses: String

    @Option(help: ArgumentHelp("mot or csv.", valueName: "format"))
    var format: ExportFormat

    @Option(help: ArgumentHelp("Where it goes: a file, or - for standard output.", valueName: "file|-"))
    var out = "-"

    @Option(help: ArgumentHelp("Which session, where the records hold several.", valueName: "id"))
    var session: String?

    func run() throws { try ExportRun.export(poses, as: format, to: out, session: session) }
}

extension ExportFormat: ExpressibleByArgument {}
