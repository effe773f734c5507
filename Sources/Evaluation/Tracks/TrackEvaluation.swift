import Basics
/// How well people were followed: MOTChallenge results against MOTChallenge ground truth.
package struct TrackEvaluation: Sendable, Equatable, CustomStringConvertible {
    package let hota: HOTAFigures
    package let identity: IdentityFigures
    package let clear: CLEARFigures

    package init(of results: TrackFile, against truth: TrackFile) throws(EvaluationError) {
        let sequence = try TrackSequence(truth: truth, results: results)
        // Everything below compares tracks with tracks.
        let (truths, found) = (sequence.truthCounts.count, sequence.resultCounts.count)
        guard truths * max(1, found) <= 50_000_000 else {
            throw EvaluationError(
                "\(truths) tracks against \(found) are too many to compare: do the ids stay the same from frame to frame?")
        }
        guard sequence.truthTotal > 0 else { throw EvaluationError("the ground truth has nobody to be followed") }
        hota = HOTAFigures(sequence)
        identity = IdentityFigures(sequence)
        clear = CLEARFigures(sequence)
    }

    /// A measure a line.
    package var description: String {
        let rows: [(String, Double)] = [
            ("HOTA", hota.accuracy), ("DetA", hota.detection), ("AssA", hota.association), ("LocA", hota.localisation),
            ("IDF1", identity.f1), ("IDP", identity.precision), ("IDR", identity.recall), ("MOTA", clear.accuracy),
            ("MOTP", clear.precision),
        ]
        let counts = [
            ("id switches", clear.switches), ("fragmentations", clear.fragmentations),
            ("mostly tracked", clear.mostlyTracked), ("mostly lost", clear.mostlyLost), ("found", clear.found),
            ("missed", clear.missed), ("invented", clear.invented),
        ]
        func line(_ name: String, _ value: String) -> String {
            name + value.led(to: 24 - name.count)
        }
        return (rows.map { line($0, decimals($1, 4)) } + counts.map { line($0, "\($1)") })
            .joined(separator: "\n")
    }
}
