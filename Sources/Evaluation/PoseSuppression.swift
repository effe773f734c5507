public import PoseTypes

/// Of poses that lie on one another, only the best is kept: how top-down results are scored and thinned out before COCO
/// evaluation (`TopDownCocoDataset.evaluate` of mmpose 0.x, which the ViTPose release uses).
public struct PoseSuppression: Sendable {
    public struct Candidate: Sendable {
        public let pose: Pose
        /// See ``PoseSuppression/score(of:boxScore:)``.
        public let score: Double
        /// Of the crop that the network saw, padding included, in square pixels.
        public let area: Double

        public init(pose: Pose, score: Double, area: Double) {
            self.pose = pose
            self.score = score
            self.area = area
        }
    }

    /// Poses more similar than this to a better one are dropped.
    private static let threshold = 0.9
    private let similarity: KeypointSimilarity

    public init(similarity: KeypointSimilarity) { self.similarity = similarity }

    /// The box's score times the mean score of the joints above 0.2, 0 where none is.
    public static func score(of pose: Pose, boxScore: Float) -> Double {
        let sure = pose.keypoints.map(\.score).filter { $0 > 0.2 }
        return sure.isEmpty ? 0 : Double(boxScore) * sure.reduce(0) { $0 + Double($1) } / Double(sure.count)
    }

    /// What is kept, best first (mmpose's `oks_nms`).
    public func callAsFunction(_ candidates: [Candidate]) -> [Candidate] {
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
