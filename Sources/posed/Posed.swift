import ArgumentParser
import Basics
import Glibc
import Kernels
import PoseTypes
import PosedKit

@main
struct Posed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posed", abstract: "Turns video into tracked, smoothed human poses.", version: posedVersion,
        subcommands: [
            Process.self, Run.self, Check.self, Inspect.self, Reload.self, Refine.self, Render.self, Export.self, Import.self,
            Eval.self,
            Models.self,
            Bench.self,
        ])

    /// With every byte of the paths among them.
    private static var arguments: [String] {
        (1..<max(Int(clamping: CommandLine.argc), 1)).compactMap { index in
            CommandLine.unsafeArgv[index].map { argument in
                FileName.text(of: UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
            }
        }
    }

    static func main() async {
        do {
            var command = try parseAsRoot(arguments)
            if let kernelProblem { throw PosedError(.usage, kernelProblem) }
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
