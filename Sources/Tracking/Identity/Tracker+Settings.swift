extension Tracker {
    /// What a person may want to change; the defaults suit one camera and people who walk, dance or exercise.
    package struct Settings: Sendable, Equatable {
        /// Detections from this score on are matched first, and may be somebody new.
        package var threshold: Float = 0.3
        /// Weaker ones, down to this score, only continue a track.
        package var weakThreshold: Float = 0.1
        /// Seconds for which a lost person is remembered.
        package var trackBuffer = 2.0
        /// The detector looks at every so many-th frame. A share of the work, so not a time.
        package var detectEvery = 1
        /// Seconds for which somebody whom the detector misses is carried on by the pose network...
        package var carryFor = 1.0

        /// Somebody new who stands clear of the others is certain at once from this score on...
        var certainScore: Float = 0.6
        /// ... or after having been seen for so many seconds.
        var confirmAfter = 0.2
        /// ... while it is at least this sure of the pose, in parts of how sure it usually is.
        var leastLoneCertainty: Float = 2.0 / 3
        /// The same for a weak detection, and where the detector rests.
        var leastCertainty: Float = 0.5
        /// Where the detector rests, less than this makes it look again.
        var doubtfulCertainty: Float = 0.75
        /// Two poses this alike (OKS) are of one person.
        var sameness: Float = 0.75
        /// Seconds for which two tracks show one pose before they become one.
        var mergeAfter = 0.5
        /// How much the poses' similarity (OKS) counts beside the boxes' overlap: where people hide each other, a pose errs further.
        var poseShare: Float = 0.3
        /// The least likeness (weighted mean of overlap and OKS) of a confident detection, and of a weak one.
        var leastLikeness = 0.2
        var leastWeakLikeness = 0.5
        /// More lost people than this are not remembered, however fast they come and go.
        static let mostLost = 100

        package init() {}
    }
}
