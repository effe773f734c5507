/// One person in one frame.
public struct Person: Sendable, Equatable {
    /// The box whose crop the pose network saw, before padding.
    public var box: BoundingBox
    /// The detector's score.
    public var score: Float
    public var pose: Pose

    public init(box: BoundingBox, score: Float, pose: Pose) {
        self.box = box
        self.score = score
        self.pose = pose
    }
}
