import ArgumentParser
import Daemon
import Models
import PosedKit

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run pipelines until told to stop: cameras in, records out.",
        discussion: """
            Each pipeline file describes one stream: where its pictures come from, what is done to them, where its records go \
            (docs/pipelines.md; posed check says what is wrong with one). A camera that is away is waited for, and troubles no \
            other stream.

            SIGTERM or Ctrl-C ends every stream in order; another one, a second or more \
            later, ends at once. SIGHUP, or posed reload, reads the files \
            again.

            EXIT CODES
              0    stopped, or every input came to its end
              64   usage
              65   damaged weights; a file that is no video; a token, certificate or key that is not what it should be
              66   a file or model is missing
              70   an error in posed itself
              73   the address of --http cannot be had
              74   an output of a file failed half-way
              78   something is wrong with a pipeline file
            """)

    @Argument(help: "Pipeline files, or folders of them.")
    var pipelines: [String]

    @Option(
        help: ArgumentHelp(
            "Where to write the process number for posed reload. (default: \(PidFile.defaultPath()))", valueName: "file"))
    var pidFile: String?

    @OptionGroup(title: "Serving over HTTP")
    var serving: ServingOptions

    func run() async throws {
        shareArenas()
        let signals = StopSignals()
        let log = LogOutput()
        log.install()
        defer { log.flush() }
        let claim = try PidFile.claim(pidFile)
        defer { claim?.release() }
        let web = try WebService.begin(serving.options)
        defer { web?.stop() }
        let fleet = Fleet(paths: pipelines, store: try ModelStore(), web: web)
        try await fleet.run(signals: signals)
    }
}
