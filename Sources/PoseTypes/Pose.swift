/// What the pose network said about one person.
package struct Pose: Sendable, Equatable {
    /// In the order of the skeleton's joints.
    package var keypoints: [Keypoint]

    package init(keypoints: [Keypoint]) { self.keypoints = keypoints }

    /// The mean score of the keypoints.
    package var score: Float {
        keypoints.isEmpty ? 0 : keypoints.reduce(0) { $0 + $1.score } / Float(keypoints.count)
    }
}
