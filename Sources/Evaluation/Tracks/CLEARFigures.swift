/// Counts of the CLEAR MOT measures (Bernardin and Stiefelhagen 2008), as TrackEval's `CLEAR` counts them.
package struct CLEARFigures: Sendable, Equatable {
    package private(set) var found = 0
    package private(set) var missed = 0
    package private(set) var invented = 0
    /// A person followed under another id than the last time.
    package private(set) var switches = 0
    /// A person lost and found again, under whatever id.
    package private(set) var fragmentations = 0
    /// Persons followed for more than 80 % of their time, and for less than 20 %.
    package private(set) var mostlyTracked = 0
    package private(set) var mostlyLost = 0
    private var overlaps = 0.0

    /// Multiple object tracking accuracy: 1 less all errors a person; below 0 with many.
    package var accuracy: Double { Double(found - invented - switches) / Double(max(1, found + missed)) }
    /// Mean intersection over union of the boxes found.
    package var precision: Double { overlaps / Double(max(1, found)) }

    /// A pair counts from an intersection over union of 0.5; in every frame as many pairs as can be stay as they were in the
    /// frame before, and the rest overlap as well as they can.
    init(_ sequence: TrackSequence) {
        let people = sequence.truthCounts.count
        var framesFound = [Int](repeating: 0, count: people)
        var pieces = [Int](repeating: 0, count: people)
        var last = [Int?](repeating: nil, count: people)
        var before = [Int?](repeating: nil, count: people)
        for frame in sequence.frames {
            missed += frame.truth.count
            invented += frame.results.count
            // An empty frame neither ends a piece nor starts one: the reference steps over it.
            if frame.truth.isEmpty || frame.results.isEmpty { continue }
            let scores = zip(frame.truth, frame.similarity).map { person, row in
                zip(frame.results, row).map { track, similarity in
                    similarity < 0.5 - Double.ulpOfOne ? 0 : similarity + (before[person] == track ? 1000 : 0)
                }
            }
            var now = [Int?](repeating: nil, count: people)
            for pair in pairs(scores) {
                let (person, track) = (frame.truth[pair.truth], frame.results[pair.result])
                if let last = last[person], last != track { switches += 1 }
                if before[person] == nil { pieces[person] += 1 }
                framesFound[person] += 1
                overlaps += frame.similarity[pair.truth][pair.result]
                (last[person], now[person]) = (track, track)
            }
            before = now
        }
        found = framesFound.reduce(0, +)
        missed -= found
        invented -= found
        fragmentations = pieces.reduce(0) { $0 + max(0, $1 - 1) }
        for (found, total) in zip(framesFound, sequence.truthCounts) {
            let share = Double(found) / Double(total)
            if share > 0.8 { mostlyTracked += 1 }
            if share < 0.2 { mostlyLost += 1 }
        }
    }
}
