import ArgumentParser

/// `posed bench`: how fast the parts run on this machine.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast networks run here.", subcommands: [BenchNetwork.self, BenchDetector.self])
}
