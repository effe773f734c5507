import PoseTypes

extension Person {
    /// How sure it is that somebody is there: the logarithm of the odds, from what the detector and the pose network say together.
    ///
    /// Near a logistic regression over the detections of the tuning sequences, each with equal weight (a script that was not kept gave 6.7,
    /// 9.0 and -7.5; these did better in the tracker). Between scores of 0.3 and 0.6 the pose tells true people from lamp posts better than
    /// the score does. Of somebody behind a desk half the keypoints are seen: those count, a little less.
    var evidence: Double {
        // From boxes alone: a regression without a pose.
        guard !pose.keypoints.isEmpty else { return 9.8 * Double(score) - 3.2 }
        let half = (pose.keypoints.count + 1) / 2
        let better = pose.keypoints.map(\.score).sorted(by: >).prefix(half).reduce(0, +) / Float(half)
        return 6.0 * Double(score) + 9.4 * Double(max(pose.score, 0.8 * better)) - 7.2
    }
}
