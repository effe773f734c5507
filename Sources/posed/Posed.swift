import ArgumentParser

@main
struct Posed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posed", abstract: "Turns video into tracked, smoothed human poses.", version: "0.1.0",
        subcommands: [Models.self])
}
