/// Higher order tracking accuracy (Luiten et al. 2021, arXiv 2009.07736), as TrackEval's `HOTA`: means over the
/// localisation thresholds 0.05, 0.1 … 0.95.
package struct HOTAFigures: Sendable, Equatable {
    package private(set) var accuracy = 0.0
    package private(set) var detection = 0.0
    package private(set) var association = 0.0
    /// Mean intersection over union of the pairs; 1 where there are none to compare.
    package private(set) var localisation = 0.0

    private static let thresholds = (0..<19).map { 0.05 + Double($0) * 0.05 }

    init(_ sequence: TrackSequence) {
        guard sequence.truthTotal > 0, sequence.resultTotal > 0 else {
            localisation = 1
            return
        }
        let similarities = pairSimilarities(sequence)
        for threshold in Self.thresholds {
            var together = [[Double]](
                repeating: [Double](repeating: 0, count: sequence.resultCounts.count), count: sequence.truthCounts.count)
            var (found, overlaps) = (0.0, 0.0)
            for pair in similarities where pair.similarity >= threshold - Double.ulpOfOne {
                together[pair.person][pair.track] += 1
                found += 1
                overlaps += pair.similarity
            }
            let detected = found / (Double(sequence.truthTotal + sequence.resultTotal) - found)
            var associated = 0.0
            for (row, persons) in zip(together, sequence.truthCounts) {
                for (count, tracks) in zip(row, sequence.resultCounts) where count > 0 {
                    associated += count * count / (Double(persons + tracks) - count)
                }
            }
            associated /= max(1, found)
            detection += detected
            association += associated
            accuracy += (detected * associated).squareRoot()
            localisation += max(1e-10, overlaps) / max(1e-10, found)
        }
        let count = Double(Self.thresholds.count)
        detection /= count
        association /= count
        accuracy /= count
        localisation /= count
    }
}

/// The pairs of all frames, found once for every threshold: persons go with tracks that go with them everywhere else.
private func pairSimilarities(_ sequence: TrackSequence) -> [(person: Int, track: Int, similarity: Double)] {
    let alignment = alignment(sequence)
    return sequence.frames.flatMap { frame in
        let scores = zip(frame.truth, frame.similarity).map { person, row in
            zip(frame.results, row).map { track, similarity in alignment[person][track] * similarity }
        }
        return pairs(scores).map {
            (frame.truth[$0.truth], frame.results[$0.result], frame.similarity[$0.truth][$0.result])
        }
    }
}

/// How much each person and track belong together over the whole sequence, `[person][track]`: a Jaccard index of soft
/// counts, in which a box that overlaps several others is shared between them.
private func alignment(_ sequence: TrackSequence) -> [[Double]] {
    var together = [[Double]](
        repeating: [Double](repeating: 0, count: sequence.resultCounts.count), count: sequence.truthCounts.count)
    for frame in sequence.frames {
        let ofResults = frame.results.indices.map { result in frame.similarity.reduce(0) { $0 + $1[result] } }
        for (person, row) in zip(frame.truth, frame.similarity) {
            let ofTruth = row.reduce(0, +)
            for (place, similarity) in row.enumerated() where similarity > 0 {
                together[person][frame.results[place]] += similarity / (ofResults[place] + ofTruth - similarity)
            }
        }
    }
    return zip(together, sequence.truthCounts).map { row, persons in
        zip(row, sequence.resultCounts).map { $0 / (Double(persons + $1) - $0) }
    }
}
