/// One person in one frame; or an animal, where those are looked for.
package struct Person: Sendable, Equatable {
    /// The box whose crop the pose network saw, before padding.
    package var box: BoundingBox
    /// The detector's score.
    package var score: Float
    package var pose: Pose
    /// The name of the detector's class.
    package var category: String
    /// Who it is, once that is certain.
    package var track: Track?

    package init(box: BoundingBox, score: Float, pose: Pose, category: String = Detection.person, track: Track? = nil) {
        self.box = box
        self.score = score
        self.pose = pose
        self.category = category
        self.track = track
    }
}
