import Evaluation
import Foundation

/// IDF1, HOTA and MOTA of MOTChallenge results: `posed eval track`.
public struct FollowingEvaluation: Sendable {
    public var truth: String
    public var results: String

    public init(truth: String, results: String) {
        self.truth = truth
        self.results = results
    }

    public func run(say: (String) -> Void) throws {
        say(try TrackEvaluation(of: read(results), against: read(truth)).description)
    }

    private func read(_ path: String) throws -> TrackFile {
        try TrackFile(String(decoding: Data(inputFile: path), as: UTF8.self), named: path)
    }
}
