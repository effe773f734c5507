import PoseTypes

/// Gives every person one track id for as long as they are tracked.
///
/// Detection depends on the tracks, so each frame makes two calls:
///
///     predict(at:)  ->  the boxes where people should be, and whether the detector must look
///                       (detector: candidates(from:), and missed(by:) them  |  otherwise: the boxes themselves)
///                       (pose network on those boxes)
///     update(with:) ->  the same people with their identities
///
/// Boxes move by a Kalman filter; detections are matched by IoU and by pose, high-score detections first and low-score ones
/// after (ByteTrack, arXiv 2110.06864, algorithm 1). All ages, gaps and speeds are seconds of presentation time, so the
/// frame rate, a varying one and dropped frames make no difference.
package struct Tracker: Sendable {
    /// The prediction for a frame before its image is used.
    package struct Prediction: Sendable, Equatable {
        /// The predicted boxes of all tracks, with the score of their last detection.
        package var people: [Detection]
        /// Why the detector must run on this frame; nil if the predicted boxes are enough.
        package var cause: DetectionCause?
    }

    /// Why the detector must run.
    package enum DetectionCause: String, Sendable, CaseIterable {
        /// `--detect-every` asks for this frame.
        case interval
        /// A track was lost in the previous frame.
        case lost
        /// A pose's confidence fell far below its track's usual one.
        case doubt
        /// A track came near the edge of the frame.
        case edge
        /// Too much time has passed to predict boxes.
        case gap
    }

    /// The tracking result of one frame.
    package struct Update: Sendable, Equatable {
        /// All people in the frame; those without a track are not confirmed yet.
        package var people: [Person]
        package var events: [TrackEvent]
    }

    package let settings: Settings
    package let skeleton: Skeleton
    let similarity: Similarity
    var followed: [Tracklet] = []
    /// Who left, the last one last.
    var departed: [Departed] = []
    private(set) var time: Timestamp?
    private var picture = BoundingBox(x: 0, y: 0, width: .infinity, height: .infinity)
    private var framesSinceDetection: Int
    private var urge: DetectionCause?
    private var lastNumber = 0

    package init(skeleton: Skeleton, settings: Settings = Settings()) {
        self.settings = settings
        self.skeleton = skeleton
        similarity = Similarity(skeleton)
        // The first frame is looked at.
        framesSinceDetection = settings.detectEvery - 1
    }

    /// Where people were in the frame before: what moves by itself when a camera's motion is looked for.
    package var places: [BoundingBox] { followed.filter { !$0.isLost }.map(\.motion.box) }

    /// Predicts all tracks at `time`, in the picture to which the camera moved since the frame before. Times never run backwards within
    /// a session.
    package mutating func predict(at time: Timestamp, width: Int, height: Int, camera: CameraMotion = .none) -> Prediction {
        picture = BoundingBox(x: 0, y: 0, width: Float(width), height: Float(height))
        let wereInside = followed.map { isInside($0) }
        advance(to: time)
        if camera != .none { for index in followed.indices { followed[index].follow(camera) } }
        framesSinceDetection += 1
        let visible = followed.indices.filter { !followed[$0].isLost }
        let cause: DetectionCause? =
            if framesSinceDetection >= settings.detectEvery {
                .interval
            } else if let urge {
                urge
            } else if visible.contains(where: { followed[$0].motion.isVague }) {
                .gap
            } else if visible.contains(where: { wereInside[$0] && !isInside(followed[$0]) }) {
                .edge
            } else {
                nil
            }
        return Prediction(
            people: visible.map { followed[$0].expectation }, cause: cause)
    }

    /// The detections that get a pose: high-score ones, and low-score ones that may continue a track.
    package func candidates(from detections: [Detection]) -> [Detection] {
        detections.filter { detection in
            detection.score >= settings.threshold
                || detection.score >= settings.weakThreshold
                    && followed.contains { !$0.isLost && $0.motion.box.iou(detection.box) >= 0.3 }
        }
    }

    /// The predicted boxes of visible tracks that no detection overlaps, with the score of their last detection: for a while, the pose
    /// network may still see them there. Occluded tracks are left out.
    package func missed(by candidates: [Detection]) -> [Detection] {
        guard let time else { return [] }
        return followed.filter { person in
            !person.isLost && person.id != nil && person.pose.score > 0 && time - person.lastDetected <= settings.carryFor
                && !candidates.contains { person.motion.box.share(inside: $0.box) > 0.4 || $0.box.iou(person.motion.box) > 0.3 }
        }.map(\.expectation)
    }

    /// Matches the frame's poses to tracks.
    ///
    /// - Parameters:
    ///   - detected: poses in the detector's boxes; nil if it did not run.
    ///   - carried: poses in boxes of `predict` or `missed`.
    package mutating func update(with detected: [Person]?, carried: [Person] = [], at time: Timestamp) -> Update {
        advance(to: time)
        var events = expire(at: time)
        let wereVisible = Set(followed.indices.filter { !followed[$0].isLost && followed[$0].id != nil })
        let people = (detected ?? []) + carried
        let minConfidence = detected == nil ? settings.minConfidence : settings.minLoneConfidence
        var matching = match(people, detected: people.count - carried.count, minConfidence: minConfidence)
        let doubles = doubles(people, matching)
        for double in doubles where matching.isCarried(double.person) { matching.people[double.person] = nil }
        for (person, index) in matching.people.enumerated() {
            guard let index else { continue }
            if matching.isCarried(person) {
                followed[index].carry(people[person].pose, at: time, isSure: detected == nil)
            } else {
                let isDouble = doubles.contains { $0.person == person }
                followed[index].see(
                    people[person], at: time, isDouble: isDouble, isSure: people[person].score >= settings.threshold,
                    isClear: isClear(person, among: people))
            }
            followed[index].doubleSince = doubles.contains { $0.younger == index } ? followed[index].doubleSince ?? time : nil
        }
        let seen = Set(matching.people.compactMap(\.self))
        for index in followed.indices where !seen.contains(index) { followed[index].lose() }
        beginTracks(people, &matching, at: time)
        events += confirm(at: time)

        let result = people.indices.compactMap { number -> Person? in
            guard let index = matching.people[number] else { return nil }
            var person = people[number]
            person.origin = matching.isCarried(number) ? .carried : .detected
            guard let id = followed[index].id else {
                return followed[index].evidence >= settings.confidentEvidence ? person : nil
            }
            person.track = Track(id: id, firstSeen: followed[index].firstSeen)
            person.box = followed[index].settled(person.box, settings)
            return person
        }
        if detected != nil { framesSinceDetection = 0 }
        urge =
            if !wereVisible.isSubset(of: seen) {
                .lost
            } else if detected == nil, followed.contains(where: { !$0.isLost && $0.confidence < settings.doubtfulConfidence }) {
                .doubt
            } else {
                nil
            }
        events += merge(at: time)
        followed.removeAll { $0.id == nil && $0.isLost }
        return Update(people: result, events: events)
    }

    /// Ends every track, at the end of the input.
    package mutating func finish() -> [TrackEvent] {
        defer { followed = [] }
        remember(followed)
        return followed.compactMap(\.end)
    }

    private mutating func advance(to time: Timestamp) {
        if let step = self.time.map({ time - $0 }), step > 0 {
            for index in followed.indices { followed[index].predict(step) }
        }
        self.time = max(time, self.time ?? time)
    }

    /// Starts tracks for high-score detections that match no track and duplicate none.
    private mutating func beginTracks(_ people: [Person], _ matching: inout Matching, at time: Timestamp) {
        for person in matching.unmatched(where: { $0 < matching.detected && mayBegin(people[$0]) }) {
            let isDouble = people.indices.contains { other in
                matching.people[other] != nil && isSame(people[person], people[other])
            }
            guard !isDouble else { continue }
            followed.append(Tracklet(people[person], at: time))
            matching.people[person] = followed.count - 1
        }
    }

    /// Whether nobody of the frame covers a third of this person.
    private func isClear(_ person: Int, among people: [Person]) -> Bool {
        !people.indices.contains { $0 != person && people[person].box.share(inside: people[$0].box) > 0.33 }
    }

    private func mayBegin(_ person: Person) -> Bool {
        person.score >= settings.threshold && person.evidence >= settings.firstEvidence
    }

    /// Confirms tracks with much evidence, at once or for long enough, and gives them their ids.
    private mutating func confirm(at time: Timestamp) -> [TrackEvent] {
        var events: [TrackEvent] = []
        for index in followed.indices where followed[index].id == nil && !followed[index].isLost {
            let person = followed[index]
            let (evidence, age) = (person.evidence, time - person.firstSeen)
            guard
                evidence >= settings.confidentEvidence && age >= settings.confirmAfter
                    || evidence >= settings.certainEvidence && standsClear(index)
                    || evidence >= settings.firstEvidence && age >= settings.confirmLate && standsClear(index)
            else { continue }
            switch newcomer(index, at: time) {
            case .undecided: continue
            case .returned(let number):
                let known = departed.remove(at: number)
                followed[index].become(known.id, firstSeen: known.firstSeen)
                events.append(TrackEvent(kind: .return, id: known.id, time: person.firstSeen))
            case .lost(let other):
                guard let id = followed[other].id else { continue }
                followed[index].become(id, firstSeen: followed[other].firstSeen)
                followed[other].id = nil
            case .new:
                lastNumber += 1
                followed[index].id = TrackID(lastNumber)
                events.append(TrackEvent(kind: .start, id: TrackID(lastNumber), time: person.firstSeen))
            }
        }
        return events
    }

    /// Whether no other person covers half of this one: a detector's second box of one person is mostly inside the first.
    private func standsClear(_ index: Int) -> Bool {
        let box = followed[index].motion.box
        return !followed.indices.contains {
            $0 != index && !followed[$0].isLost && box.share(inside: followed[$0].motion.box) > 0.5
        }
    }

    /// Ends tracks that were not seen for `trackBuffer`, and the oldest lost ones if there are too many.
    private mutating func expire(at time: Timestamp) -> [TrackEvent] {
        var ended = followed.filter { time - $0.lastSeen > settings.trackBuffer }
        followed.removeAll { time - $0.lastSeen > settings.trackBuffer }
        let lost = followed.filter(\.isLost).map(\.lastSeen).sorted()
        if lost.count > Settings.maxLost {
            let limit = lost[lost.count - Settings.maxLost]
            ended += followed.filter { $0.isLost && $0.lastSeen < limit }
            followed.removeAll { $0.isLost && $0.lastSeen < limit }
        }
        departed.removeAll { time - $0.lastSeen > settings.reidentify }
        remember(ended)
        return ended.compactMap(\.end)
    }

    /// Ends the younger of two tracks that have had the same pose for `mergeAfter`.
    private mutating func merge(at time: Timestamp) -> [TrackEvent] {
        func isOver(_ person: Tracklet) -> Bool {
            person.doubleSince.map { time - $0 >= settings.mergeAfter } ?? false
        }
        defer { followed.removeAll(where: isOver) }
        return followed.filter(isOver).compactMap(\.end)
    }

    private func isInside(_ person: Tracklet) -> Bool {
        let (box, margin) = (person.motion.box, 0.02 * max(picture.width, picture.height))
        return box.x >= margin && box.y >= margin && box.maxX <= picture.width - margin && box.maxY <= picture.height - margin
    }
}

extension Tracklet {
    fileprivate var end: TrackEvent? { id.map { TrackEvent(kind: .end, id: $0, time: lastSeen) } }
}
