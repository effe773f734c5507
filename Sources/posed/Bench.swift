import ArgumentParser

/// `posed bench`: how fast the parts run on this machine.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast the parts run here.",
        subcommands: [BenchPipeline.self, BenchNetwork.self, BenchDetector.self, BenchFollow.self])
}

/// The numbers of a comma-separated list.
func numbers(_ list: String, _ option: String) throws -> [Int] {
    try list.split(separator: ",").map {
        guard let number = Int($0), (1...1024).contains(number) else {
            throw ValidationError("\(option) takes numbers from 1 to 1024, not \($0)")
        }
        return number
    }
}
