import ArgumentParser
import PosedKit

struct Render: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw recorded poses over their video.",
        discussion: """
            Frames are found by their times: the video may be a copy of another quality, but not of another size. Of a frame \
            that was recorded twice, the later version is drawn. Frames without a record stay as they are.

            Exit codes are those of posed process; 65 if the records do not fit the video.
            """)

    @Argument(help: "The records: a file that posed process or posed refine wrote.")
    var poses: String

    @Argument(help: "The video or picture they were made from.")
    var video: String

    @Option(help: ArgumentHelp("The mp4 that is made, for a picture a png or jpg; or a folder for it.", valueName: "file|dir"))
    var overlay: String

    @OptionGroup var drawing: DrawingOptions

    @Option(help: ArgumentHelp("Which session, where the records hold several that fit.", valueName: "id"))
    var session: String?

    func run() async throws {
        var options = RenderRun.Options()
        (options.settings, options.session) = (drawing.settings, session)
        let signals = StopSignals()
        do {
            let run = try RenderRun(records: poses, video: video, overlay: overlay, options: options, signals: signals)
            let report = try await run()
            if let warning = report.warning { complain("warning: \(warning)") }
            tell(report.description)
        } catch is CancellationError {}
        if let signal = signals.received { throw ExitCode(128 + signal) }
    }
}
