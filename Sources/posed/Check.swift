import ArgumentParser
import Daemon
import Models
import PosedKit
import Settings

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find every mistake in pipeline files, or say what they would do.",
        discussion: """
            Prints every problem as file:line:column: message and exits with 78, or a line for each pipeline: its name, its \
            source, its networks and where its records go. Nothing is opened but the files, those of passwords, and the list \
            of networks. A service has an environment of its own: a ${NAME} that is not set here, and a credential, are notes on \
            standard error, and no mistakes.
            """)

    @Argument(help: "Pipeline files, or folders of them.")
    var path: [String]

    func run() throws {
        let (pipelines, problems, notes) = PipelineFile.read(path, store: try ModelStore(), isCheck: true)
        for note in notes { tell("\(note)") }
        if !problems.isEmpty { throw PipelineProblems(problems: problems) }
        for pipeline in pipelines { print(pipeline) }
    }
}
