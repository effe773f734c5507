import PoseTypes

extension Tracker {
    /// Which of those followed each person of a frame is.
    struct Matching {
        /// For every person an index into `followed`.
        var people: [Int?]
        /// How many of the people the detector saw; the others, behind them, are carried.
        let detected: Int

        func isCarried(_ person: Int) -> Bool { person >= detected }

        func unmatched(where isMeant: (Int) -> Bool) -> [Int] {
            people.indices.filter { people[$0] == nil && isMeant($0) }
        }

        func isFree(_ index: Int) -> Bool { !people.contains(index) }
    }

    /// Confirmed tracks take the detections with much evidence, then the weak ones; tracks that are not confirmed yet take what is left of
    /// the better ones; who is still missing takes the pose that was found where it should be. Where the detector is not sure, the pose
    /// network must be: on a sandwich board its poses are poor.
    ///
    /// - Parameters:
    ///   - detected: how many of the people the detector saw; the others are carried.
    ///   - minConfidence: of a carried pose.
    func match(_ people: [Person], detected: Int, minConfidence: Float) -> Matching {
        var matching = Matching(people: Array(repeating: nil, count: people.count), detected: detected)
        let evidence = people.prefix(detected).map(\.evidence)
        let isConfident = { [settings] index in
            index < detected
                && (evidence[index] >= settings.confidentEvidence
                    || people[index].score >= settings.threshold && evidence[index] >= settings.doubtfulEvidence)
        }
        let isWeak = { [settings] index in
            index < detected && !isConfident(index) && evidence[index] >= settings.weakEvidence
        }
        assign(people, to: { $0.id != nil }, where: isConfident, least: settings.minSimilarity, &matching)
        assign(
            people, to: { $0.id != nil }, where: isWeak, least: settings.minWeakSimilarity,
            minConfidence: settings.minConfidence, &matching)
        let isPromising = { [settings] index in index < detected && evidence[index] >= settings.firstEvidence }
        assign(people, to: { $0.id == nil }, where: isPromising, least: settings.minSimilarity, &matching)
        assign(
            people, to: { !$0.isLost }, where: { $0 >= detected }, least: settings.minSimilarity,
            minConfidence: minConfidence, &matching)
        return matching
    }

    private func assign(
        _ people: [Person], to isMeant: (Tracklet) -> Bool, where isOffered: (Int) -> Bool, least: Double,
        minConfidence: Float = 0, _ matching: inout Matching
    ) {
        let rows = followed.indices.filter { isMeant(followed[$0]) && matching.isFree($0) }
        let columns = matching.unmatched(where: isOffered)
        var costs: [Double] = []
        costs.reserveCapacity(rows.count * columns.count)
        for row in rows {
            for column in columns {
                let (followed, person) = (followed[row], people[column])
                costs.append(followed.confidence(of: person.pose) < minConfidence ? 1 : 1 - similarity(followed, person))
            }
        }
        for (row, column) in Assignment.solve(costs, rows: rows.count, columns: columns.count, gate: 1 - least).enumerated() {
            if let column { matching.people[columns[column]] = rows[row] }
        }
    }

    /// 0 to 1: the weighted mean of the boxes' overlap and the poses' similarity. A lost person may have gone on, stopped or turned: half
    /// way between is expected, too.
    private func similarity(_ followed: Tracklet, _ person: Person) -> Double {
        let shift = followed.shift
        let box = followed.motion.box
        let likeness = followed.appearance.flatMap { known in person.appearance.flatMap { known.likeness(to: $0) } }
        let share = followed.isLost ? settings.lostColourShare : settings.colourShare
        let factor = likeness.map { Double(1 - share * (1 - $0)) } ?? 1
        let unseen = Float((time ?? followed.lastSeen) - followed.lastSeen)
        let buffer = min(settings.maxBuffer, settings.bufferGrowth * unseen)
        let ahead = similarity(box, followed.pose, shift, person, buffer: buffer)
        guard followed.isLost else { return factor * ahead }
        var back = box
        back.x -= shift.x
        back.y -= shift.y
        return factor * max(ahead, similarity(back, followed.pose, (0, 0), person, buffer: buffer))
    }

    private func similarity(
        _ box: BoundingBox, _ pose: Pose, _ shift: (x: Float, y: Float), _ person: Person, buffer: Float = 0
    ) -> Double {
        let overlap = box.buffered(buffer).iou(person.box.buffered(buffer))
        let alike = similarity(person.pose, pose, area: (box.area + person.box.area) / 2, shift: shift)
        return Double(alike.map { settings.poseShare * $0 + (1 - settings.poseShare) * overlap } ?? overlap)
    }

    /// Tracks whose pose duplicates that of a neighbour: when two people are close, the pose network may see one of them in both
    /// boxes. The pose belongs to the track with a detection, or else to the track whose prediction it fits better.
    func doubles(_ people: [Person], _ matching: Matching) -> [DoublePose] {
        let seen = people.indices.filter { matching.people[$0] != nil }
        return seen.flatMap { a in
            seen.compactMap { b -> DoublePose? in
                guard a < b, let first = matching.people[a], let second = matching.people[b], isSame(people[a], people[b])
                else { return nil }
                if !matching.isCarried(a), matching.isCarried(b) { return DoublePose(person: b, younger: max(first, second)) }
                let isFirst = expectation(followed[first], people[a].pose) < expectation(followed[second], people[b].pose)
                return DoublePose(person: isFirst ? a : b, younger: max(first, second))
            }
        }
    }

    /// A person whose pose is another's, and the younger track of the two (`followed` is in the order of births).
    struct DoublePose {
        var person: Int
        var younger: Int
    }

    /// How well a pose fits a track's prediction, whichever box it was found in.
    private func expectation(_ followed: Tracklet, _ pose: Pose) -> Double {
        guard let box = followed.box(around: pose) else { return 0 }
        return similarity(followed.motion.box, followed.pose, followed.shift, Person(box: box, score: 0, pose: pose))
    }

    /// Whether two people of a frame are one, found twice.
    func isSame(_ a: Person, _ b: Person) -> Bool {
        guard a.box.iou(b.box) > 0.2 else { return false }
        return (similarity(a.pose, b.pose, area: min(a.box.area, b.box.area)) ?? 0) >= settings.duplicateSimilarity
    }
}
