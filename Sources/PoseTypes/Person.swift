/// One person in one frame.
public struct Person: Sendable, Equatable {
    /// The box whose crop the pose network saw, before padding.
    public var box: BoundingBox
    /// The detector's score.
    public var score: Float
    public var pose: Pose
    /// Who it is, once that is certain.
    public var track: Track?

    public init(box: BoundingBox, score: Float, pose: Pose, track: Track? = nil) {
        self.box = box
        self.score = score
        self.pose = pose
        self.track = track
    }
}
