extension Tracker {
    /// The tracker's settings. The defaults suit one static camera and people who walk, dance or exercise.
    package struct Settings: Sendable, Equatable {
        /// Detections with at least this score are matched first, and may start a track.
        package var threshold: Float = 0.3
        /// Detections with a lower score, down to this one, only continue a track.
        package var weakThreshold: Float = 0.1
        /// Seconds for which a lost track is kept.
        package var trackBuffer = 2.0
        /// The detector runs on every Nth frame. A share of the work, so not a time.
        package var detectEvery = 1
        /// Seconds for which the pose network carries on a track without detections...
        package var carryFor = 1.0

        /// A new track that overlaps no other is confirmed at once with at least this score...
        var certainScore: Float = 0.6
        /// ... or after so many seconds.
        var confirmAfter = 0.2
        /// ... while the pose's confidence is at least this share of the track's usual one.
        var minLoneConfidence: Float = 2.0 / 3
        /// The same for a low-score detection, and for frames without the detector.
        var minConfidence: Float = 0.5
        /// Below this share the detector runs again.
        var doubtfulConfidence: Float = 0.75
        /// Two poses with at least this OKS belong to one person.
        var duplicateSimilarity: Float = 0.75
        /// Seconds for which two tracks have the same pose before one of them ends.
        var mergeAfter = 0.5
        /// How much the poses' similarity (OKS) counts beside the boxes' overlap: where people hide each other, a pose errs further.
        var poseShare: Float = 0.3
        /// The least similarity (weighted mean of IoU and OKS) to a track of a high-score detection, and of a low-score one.
        var minSimilarity = 0.2
        var minWeakSimilarity = 0.5
        /// No more lost tracks than this are kept.
        static let maxLost = 100

        package init() {}
    }
}
