import Evaluation
import Foundation
import PoseTypes
import TestSupport
import Testing

@Suite struct PoseSuppressionTests {
    private struct Case: Decodable {
        let poses: [[Float]]
        let scores: [Double]
        let areas: [Double]
        let kept: [Int]
    }

    private let suppress = PoseSuppression(similarity: KeypointSimilarity(sigmas: Skeleton.coco17.sigmas))

    @Test func `the same poses are kept as by mmpose`() throws {
        let file = fixture("evaluation/suppression.json")
        for expected in try JSONDecoder().decode([Case].self, from: Data(contentsOf: file)) {
            let candidates = expected.poses.indices.map {
                PoseSuppression.Candidate(
                    pose: pose(expected.poses[$0]), score: expected.scores[$0], area: expected.areas[$0])
            }
            #expect(suppress(candidates).map(\.score) == expected.kept.map { expected.scores[$0] })
        }
    }

    @Test func `the score is the box's times the mean of the joints above 0.2`() {
        #expect(abs(PoseSuppression.score(of: pose([1, 1, 0.9, 1, 1, 0.2, 1, 1, 0.5]), boxScore: 0.5) - 0.35) < 1e-6)
        #expect(PoseSuppression.score(of: pose([1, 1, 0.1]), boxScore: 1) == 0)
    }

    private func pose(_ flat: [Float]) -> Pose {
        Pose(
            keypoints: stride(from: 0, to: flat.count, by: 3).map { Keypoint(x: flat[$0], y: flat[$0 + 1], score: flat[$0 + 2]) })
    }
}
