/// What the pose network said about one person.
public struct Pose: Sendable, Equatable {
    /// In the order of the skeleton's joints.
    public var keypoints: [Keypoint]

    public init(keypoints: [Keypoint]) { self.keypoints = keypoints }

    /// The mean score of the keypoints.
    public var score: Float {
        keypoints.isEmpty ? 0 : keypoints.reduce(0) { $0 + $1.score } / Float(keypoints.count)
    }
}
