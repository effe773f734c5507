import Evaluation
import FoundationEssentials

/// IDF1, HOTA and MOTA of MOTChallenge results: `posed eval track`.
package struct FollowingEvaluation: Sendable {
    package var truth: String
    package var results: String

    package init(truth: String, results: String) {
        self.truth = truth
        self.results = results
    }

    package func run(say: (String) -> Void) throws {
        say(try TrackEvaluation(of: read(results), against: read(truth)).description)
    }

    private func read(_ path: String) throws -> TrackFile {
        try TrackFile(String(decoding: Data(inputFile: path), as: UTF8.self), named: path)
    }
}
