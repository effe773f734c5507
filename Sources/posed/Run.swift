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
              65   damaged weights; a file that is no video
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

    @Option(
        help: ArgumentHelp(
            "Serve the streams, a live page and metrics over HTTP (docs/web.md); suggested: 127.0.0.1:8080.",
            valueName: "host:port"))
    var http: String?

    @Option(
        help: ArgumentHelp(
            "Holds the token that clients of --http must know; needed where others than this machine can reach it.",
            valueName: "file"))
    var httpTokenFile: String?

    @Flag(help: "Show no pictures to clients of --http, only what was found in them.")
    var noPixels = false

    func validate() throws {
        guard http != nil || (httpTokenFile == nil && !noPixels) else {
            throw ValidationError("--http-token-file and --no-pixels say how --http serves: give that, too.")
        }
    }

    func run() async throws {
        let signals = StopSignals()
        let log = LogOutput()
        log.install()
        defer { log.flush() }
        let claim = try PidFile.claim(pidFile)
        defer { claim?.release() }
        let board = http.map { _ in StreamBoard(showsPixels: !noPixels) }
        let web = try http.map { try WebService(address: $0, tokenFile: httpTokenFile, board: board!) }
        defer { web?.stop() }
        let fleet = Fleet(paths: pipelines, store: try ModelStore(), board: board)
        try await fleet.run(signals: signals)
    }
}
