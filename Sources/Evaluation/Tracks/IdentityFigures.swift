import Basics
import PoseTypes

/// The identity measures (Ristani et al. 2016, arXiv 1609.01775), as TrackEval's `Identity`: tracks and persons are paired
/// once for the whole sequence.
package struct IdentityFigures: Sendable, Equatable {
    /// Boxes, at an intersection over union of at least 0.5, on the person that the track is paired with.
    package let right: Int
    private let truths: Int
    private let results: Int

    package var f1: Double { Double(right) / max(1, 0.5 * Double(truths + results)) }
    package var precision: Double { Double(right) / Double(max(1, results)) }
    package var recall: Double { Double(right) / Double(max(1, truths)) }

    init(_ sequence: TrackSequence) {
        var shared = [[Double]](
            repeating: [Double](repeating: 0, count: sequence.resultCounts.count), count: sequence.truthCounts.count)
        for frame in sequence.frames {
            for (person, row) in zip(frame.truth, frame.similarity) {
                for (track, similarity) in zip(frame.results, row) where similarity >= 0.5 { shared[person][track] += 1 }
            }
        }
        right = pairs(shared).reduce(0) { $0 + Int(saturating: shared[$1.truth][$1.result]) }
        truths = sequence.truthTotal
        results = sequence.resultTotal
    }
}
