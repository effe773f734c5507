import ArgumentParser
import PosedKit

@main
struct Posed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posed", abstract: "Turns video into tracked, smoothed human poses.", version: posedVersion,
        subcommands: [
            Process.self, Run.self, Check.self, Inspect.self, Reload.self, Refine.self, Render.self, Export.self, Eval.self,
            Models.self,
            Bench.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            ExitCode.exit(with: error)
        }
    }
}
