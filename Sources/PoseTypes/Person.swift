/// One person in one frame.
package struct Person: Sendable, Equatable {
    /// The box whose crop the pose network saw, before padding.
    package var box: BoundingBox
    /// The detector's score.
    package var score: Float
    package var pose: Pose
    /// Who it is, once that is certain.
    package var track: Track?

    package init(box: BoundingBox, score: Float, pose: Pose, track: Track? = nil) {
        self.box = box
        self.score = score
        self.pose = pose
        self.track = track
    }
}
