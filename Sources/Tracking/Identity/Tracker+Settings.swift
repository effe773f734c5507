extension Tracker {
    /// The tracker's settings. The defaults were chosen on the tuning sequences (docs/following.md), by `TrackLab`; what evidence is, and
    /// where its numbers come from, stands with `Person.evidence`.
    package struct Settings: Sendable, Equatable {
        /// Detections with at least this score may start a track.
        package var threshold: Float = 0.3
        /// Detections with a lower score, down to this one, only continue a track.
        package var weakThreshold: Float = 0.1
        /// Seconds for which a lost track is kept.
        package var trackBuffer = 3.0
        /// The detector runs on every Nth frame. A share of the work, so not a time.
        package var detectEvery = 1
        /// Seconds for which the pose network carries on a track without detections...
        package var carryFor = 1.0
        /// ... while the pose's confidence is at least this share of the track's usual one.
        var minLoneConfidence: Float = 2.0 / 3
        /// The same for a detection with little evidence, and for frames without the detector.
        var minConfidence: Float = 0.5

        /// Detections with at least this evidence are matched first,
        package var confidentEvidence = 2.0
        /// and those of the threshold's score with at least this: whoever jumps has a blurred pose.
        package var doubtfulEvidence = -1.5
        /// With less than this, they are nobody.
        package var weakEvidence = -4.0
        /// A track begins with at least this evidence,
        package var firstEvidence = 1.0
        /// and is confirmed at once with so much, where it overlaps no other,
        package var certainEvidence = 2.5
        /// or after so many seconds if its mean is that of a confident detection,
        package var confirmAfter = 0.2
        /// or after so many if it is `firstEvidence`, where it overlaps no other.
        package var confirmLate = 0.5
        /// Below this share of its usual confidence the detector runs again.
        var doubtfulConfidence: Float = 0.75
        /// Two poses with at least this OKS belong to one person.
        var duplicateSimilarity: Float = 0.75
        /// Seconds for which two tracks have the same pose before one of them ends.
        var mergeAfter = 0.5
        /// How much the poses' similarity (OKS) counts beside the boxes' overlap: where people hide each other, a pose errs further.
        package var poseShare: Float = 0.35
        /// The least similarity (weighted mean of IoU and OKS) to a track of a detection with much evidence, and with little.
        package var minSimilarity = 0.2
        package var minWeakSimilarity = 0.5
        /// How much of the similarity is lost where clothes have other colours: of a track in view, and of a lost one.
        package var colourShare: Float = 0.5
        package var lostColourShare: Float = 0.8
        /// Boxes that were not seen for a while are enlarged by a part of their sides on each side before they are compared: so much for
        /// each second, and no more than so much.
        package var bufferGrowth: Float = 1
        package var maxBuffer: Float = 0.3
        /// A track's box goes so far from the detector's towards where the box was expected, and then towards the pose.
        package var boxSteadiness: Float = 0.3
        package var boxPoseShare: Float = 0.5
        /// Seconds after which somebody who left and comes back is no longer known; 0 knows nobody again.
        package var reidentify = 0.0
        /// Seconds for which a track must have been lost before somebody elsewhere may be that person.
        package var reidentifyAfter = 0.5
        /// How much somebody who returns must look as they did, and how much anybody else at most: 0 to 1, `Appearance.resemblance`.
        package var minResemblance: Float = 0.86
        package var maxOtherResemblance: Float = 0.69
        /// In so many frames they are looked at first.
        var leastLooks = 3.0
        /// No more lost tracks, and no more people who left, than this are kept.
        static let maxLost = 100

        package init() {}

        /// Every detection is somebody, and its box is right: somebody else found them.
        package mutating func trustDetections() {
            carryFor = 0
            (confidentEvidence, firstEvidence, certainEvidence) = (-.infinity, -.infinity, -.infinity)
            (boxSteadiness, boxPoseShare) = (0, 0)
        }
    }
}
