import Tracking

/// Ground truth and results frame by frame, with tracks renamed to 0, 1, 2 …
struct TrackSequence {
    struct Frame {
        /// The tracks of the boxes in this frame.
        var truth: [Int]
        var results: [Int]
        /// Intersection over union, `[truth][result]`.
        var similarity: [[Double]]
    }

    private(set) var frames: [Frame] = []
    /// How many boxes each track has.
    private(set) var truthCounts: [Int] = []
    private(set) var resultCounts: [Int] = []

    var truthTotal: Int { truthCounts.reduce(0, +) }
    var resultTotal: Int { resultCounts.reduce(0, +) }

    /// What is compared (`MotChallenge2DBox.get_preprocessed_seq_data` of TrackEval): pedestrians of the ground truth whose
    /// confidence is not 0. Where the file has classes, results that match something person-like go uncounted first.
    init(truth: TrackFile, results: TrackFile) throws(EvaluationError) {
        let truths = Dictionary(grouping: truth.rows, by: \.frame)
        let found = Dictionary(grouping: results.rows, by: \.frame)
        var truthNames: [Int: Int] = [:]
        var resultNames: [Int: Int] = [:]
        for number in Set(truths.keys).union(found.keys).sorted() {
            let all = truths[number] ?? []
            var results = found[number] ?? []
            guard all.count * results.count <= 10_000_000 else {
                throw EvaluationError("frame \(number) has \(all.count) boxes against \(results.count): too many to compare")
            }
            if all.contains(where: { $0.kind != nil }) {
                let distracted = pairs(similarity(all, results), atLeast: 0.5).filter {
                    distractors.contains(all[$0.truth].kind ?? 1)
                }
                for index in distracted.map(\.result).sorted(by: >) { results.remove(at: index) }
            }
            let truth = all.filter { $0.confidence != 0 && ($0.kind ?? 1) == 1 }
            frames.append(
                Frame(
                    truth: truth.map { name($0.id, in: &truthNames, counts: &truthCounts) },
                    results: results.map { name($0.id, in: &resultNames, counts: &resultCounts) },
                    similarity: similarity(truth, results)))
        }
    }
}

/// The classes of people on vehicles, standing dummies, distractors and reflections in MOT16 and MOT17.
private let distractors: Set<Int> = [2, 7, 8, 12]

private func similarity(_ truth: [TrackFile.Row], _ results: [TrackFile.Row]) -> [[Double]] {
    truth.map { truth in results.map { overlap(of: $0.box, with: truth.box, isCrowd: false) } }
}

private func name(_ id: Int, in names: inout [Int: Int], counts: inout [Int]) -> Int {
    let track =
        names[id]
        ?? {
            names[id] = counts.count
            counts.append(0)
            return counts.count - 1
        }()
    counts[track] += 1
    return track
}

/// The one-to-one pairs of greatest total score among those that score at least `floor`, and more than 0.
func pairs(_ scores: [[Double]], atLeast floor: Double = 0) -> [(truth: Int, result: Int)] {
    let costs = scores.joined().map { $0 < floor - Double.ulpOfOne ? 0 : -$0 }
    return Assignment.solve(costs, rows: scores.count, columns: scores.first?.count ?? 0, gate: 0).enumerated()
        .compactMap { truth, result in result.map { (truth, $0) } }
}
