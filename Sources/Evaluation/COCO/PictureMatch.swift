/// What became of one picture's results in one area range.
struct PictureMatch {
    enum Fate: UInt8 { case right, wrong, ignored }

    /// Best first, as many as are looked at.
    let scores: [Double]
    /// `[threshold][result]`
    let fates: [[Fate]]
    /// Persons that are to be found.
    let wanted: Int

    /// Greedy matching, best result first (`COCOeval.evaluateImg`).
    ///
    /// Persons outside the area range and ignored ones may be matched, which takes the result out of the count; they
    /// stand last, so that a person who counts is preferred. A crowd can be matched again and again. Of equal similarities
    /// the later person wins.
    /// - Parameters:
    ///   - candidates: best first.
    ///   - similarity: `[candidate][person]`
    init(
        persons: [COCODataset.Annotation], ignored: [Bool], candidates: [Candidate], similarity: [[Double]],
        thresholds: [Double], areas: ClosedRange<Double>
    ) {
        let ignored = persons.indices.map { ignored[$0] || !areas.contains(persons[$0].area) }
        let order = persons.indices.filter { !ignored[$0] } + persons.indices.filter { ignored[$0] }
        scores = candidates.map(\.score)
        wanted = ignored.count { !$0 }
        fates = thresholds.map { threshold in
            var taken = [Bool](repeating: false, count: persons.count)
            return zip(candidates, similarity).map { candidate, similarity in
                var best = min(threshold, 1 - 1e-10)
                var match: Int?
                for person in order where !taken[person] || persons[person].isCrowd {
                    if let match, !ignored[match], ignored[person] { break }
                    if similarity[person] < best { continue }
                    best = similarity[person]
                    match = person
                }
                if let match {
                    taken[match] = true
                    if ignored[match] { return .ignored }
                    if persons[match].id != 0 { return .right }
                }
                return areas.contains(candidate.area) ? .wrong : .ignored
            }
        }
    }
}
