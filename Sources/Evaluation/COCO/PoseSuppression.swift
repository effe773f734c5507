import PoseTypes

/// Keeps only the best of poses that lie on one another: how top-down results are scored and thinned out before COCO
/// evaluation (`TopDownCocoDataset.evaluate` of mmpose 0.x, which the ViTPose release uses).
package struct PoseSuppression: Sendable {
    package struct Candidate: Sendable {
        package let pose: Pose
        package let score: Double
        /// Area of the crop that the network saw, in square pixels.
        package let area: Double

        package init(pose: Pose, score: Double, area: Double) {
            self.pose = pose
            self.score = score
            self.area = area
        }

        /// A pose found in a box that a detector scored: the box's score times the mean score of the joints above 0.2, and
        /// the area of the box widened or heightened to 3:4 and padded by 1.25.
        package init(pose: Pose, in box: BoundingBox, boxScore: Float) {
            let sure = pose.keypoints.map(\.score).filter { $0 > 0.2 }.map(Double.init)
            let width = max(Double(box.width), Double(box.height) * 0.75) * 1.25
            self.init(
                pose: pose, score: sure.isEmpty ? 0 : Double(boxScore) * sure.reduce(0, +) / Double(sure.count),
                area: width * width / 0.75)
        }
    }

    /// Poses more similar than this to a better one are dropped.
    private static let threshold = 0.9
    private let similarity: KeypointSimilarity

    package init(similarity: KeypointSimilarity) { self.similarity = similarity }

    /// What is kept, best first (mmpose's `oks_nms`).
    package func callAsFunction(_ candidates: [Candidate]) -> [Candidate] {
        let flat = candidates.map { $0.pose.keypoints.flatMap { [Double($0.x), Double($0.y), Double($0.score)] } }
        var kept: [Int] = []
        for place in candidates.map(\.score).bestFirst
        where kept.allSatisfy({ better in
            let area = (candidates[better].area + candidates[place].area) / 2
            return similarity.similarity(of: flat[place], to: flat[better], area: area) <= Self.threshold
        }) {
            kept.append(place)
        }
        return kept.map { candidates[$0] }
    }
}
