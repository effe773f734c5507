/// One person in one frame; or an animal, where those are looked for.
package struct Person: Sendable, Equatable {
    /// How it came to be in the frame.
    package enum Origin: String, Sendable {
        /// The detector found its box.
        case detected
        /// The pose network found it where the tracker expected it, without a detection.
        case carried
    }

    /// Of who has no track, the box whose crop the pose network saw, before padding. A track's is steadied and drawn to the body.
    package var box: BoundingBox
    /// The detector's score.
    package var score: Float
    package var pose: Pose
    /// The name of the detector's class.
    package var category: String
    package var origin: Origin
    /// What the person looks like; nil where nobody asked.
    package var appearance: Appearance?
    /// Who it is, once that is certain.
    package var track: Track?

    package init(
        box: BoundingBox, score: Float, pose: Pose, category: String = Detection.person, origin: Origin = .detected,
        track: Track? = nil
    ) {
        self.box = box
        self.score = score
        self.pose = pose
        self.category = category
        self.origin = origin
        self.track = track
    }
}
