/// The COCO figures of a results file, as pycocotools computes them (`COCOeval`).
///
///     results by picture -> PictureMatch (per area range) -> PrecisionRecall -> figures
package struct COCOEvaluation: Sendable {
    package enum Task: Sendable {
        /// Results are poses, compared by OKS.
        case keypoints
        /// Results are boxes, compared by intersection over union.
        case boxes
    }

    /// One line of the summary.
    package struct Figure: Sendable {
        /// Short, for example `AP50`.
        package let name: String
        /// 0 to 1; -1 where the annotations have nobody to be found.
        package let value: Double
        /// As pycocotools prints it.
        package let line: String
    }

    /// How well one person was met.
    package struct GroundTruthMatch: Sendable {
        package let person: COCODataset.Annotation
        /// The result most similar to the person, whoever else it may match better.
        package let result: COCOResult?
        /// OKS or intersection over union of that result, 0 without one.
        package let similarity: Double
    }

    /// Ten for keypoints, twelve for boxes, in pycocotools' order.
    package let figures: [Figure]
    /// The best match of every person that counts, in the file's order by image.
    package let personMatches: [GroundTruthMatch]

    package init(of results: [COCOResult], against dataset: COCODataset, task: Task) throws(EvaluationError) {
        let persons = dataset.persons
        let oks: KeypointSimilarity? = task == .keypoints ? .coco : nil
        try COCOEvaluation.check(persons, joints: oks?.joints)
        let candidates = try Candidate.byPicture(results, in: dataset, needsKeypoints: oks?.joints)
        let ranges = AreaRange.all(keypoints: oks != nil)
        let rows = oks != nil ? SummaryRow.keypoints : SummaryRow.boxes
        let limit = rows[0].limit
        let thresholds = spaced(0.5, 0.95, count: 10)

        var matches = ranges.map { _ in [PictureMatch]() }
        var personMatches: [GroundTruthMatch] = []
        for picture in Set(dataset.pictures.map(\.id)).sorted() {
            let persons = persons[picture] ?? []
            let unsorted = candidates[picture] ?? []
            guard !persons.isEmpty || !unsorted.isEmpty else { continue }
            let candidates = unsorted.map(\.score).bestFirst.prefix(limit).map { unsorted[$0] }
            let similarity = candidates.map { candidate in
                persons.map { person in
                    oks?.similarity(of: candidate.keypoints, to: person)
                        ?? overlap(of: candidate.box, with: person.box, isCrowd: person.isCrowd)
                }
            }
            let ignored = persons.map { $0.isCrowd || oks != nil && $0.labelledJoints == 0 }
            for (place, range) in ranges.enumerated() {
                matches[place].append(
                    PictureMatch(
                        persons: persons, ignored: ignored, candidates: candidates, similarity: similarity,
                        thresholds: thresholds, areas: range.areas))
            }
            for (index, person) in persons.enumerated() where !ignored[index] {
                let best = candidates.indices.max { similarity[$0][index] < similarity[$1][index] }
                personMatches.append(
                    GroundTruthMatch(
                        person: person, result: best.map { results[candidates[$0].place] },
                        similarity: best.map { similarity[$0][index] } ?? 0))
            }
        }
        self.personMatches = personMatches
        let outcome = Dictionary(uniqueKeysWithValues: zip(ranges.map(\.name), matches))
        figures = rows.map { row in
            row.figure(
                from: PrecisionRecall(outcome[row.range] ?? [], thresholds: thresholds.count, limit: row.limit),
                thresholds: thresholds)
        }
    }

    private static func check(_ persons: [Int: [COCODataset.Annotation]], joints: Int?) throws(EvaluationError) {
        guard !persons.isEmpty else { throw EvaluationError("the annotations have no persons to compare with") }
        guard let joints else { return }
        let annotated = persons.values.joined().filter { !$0.keypoints.isEmpty }
        guard !annotated.isEmpty else { throw EvaluationError("the annotations have no keypoints to compare with") }
        if let odd = annotated.first(where: { $0.keypoints.count != 3 * joints }) {
            throw EvaluationError(
                "annotation \(odd.id) has \(odd.keypoints.count / 3) keypoints, these figures are defined for \(joints)")
        }
    }
}

/// Square pixels, both ends included.
struct AreaRange: Sendable {
    let name: String
    let areas: ClosedRange<Double>

    static func all(keypoints: Bool) -> [AreaRange] {
        let (small, medium, huge) = (32.0 * 32, 96.0 * 96, 1e10)
        return [AreaRange(name: "all", areas: 0...huge)]
            + (keypoints ? [] : [AreaRange(name: "small", areas: 0...small)])
            + [AreaRange(name: "medium", areas: small...medium), AreaRange(name: "large", areas: medium...huge)]
    }
}
