import ArgumentParser
import Daemon
import PosedKit

struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a running posed run read its pipeline files again.",
        discussion: """
            Only the pipelines that changed begin anew. The files are checked first; if anything is wrong with them, the running \
            process says so in its log and goes on as before. The same as SIGHUP, or systemctl reload posed.
            """)

    @Option(help: ArgumentHelp("Where posed run has written its process number.", valueName: "file"))
    var pidFile = PidFile.defaultPath()

    func run() throws { try PidFile.askToReload(path: pidFile) }
}
