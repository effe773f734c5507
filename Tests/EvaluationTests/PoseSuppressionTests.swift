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

    private let suppress = PoseSuppression(similarity: .coco)

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

    @Test func `a pose is scored by its box and its joints above 0.2`() {
        let box = BoundingBox(x: 5, y: 5, width: 60, height: 40)
        let candidate = PoseSuppression.Candidate(pose: pose([1, 1, 0.9, 1, 1, 0.2, 1, 1, 0.5]), in: box, boxScore: 0.5)
        #expect(abs(candidate.score - 0.35) < 1e-6)
        #expect(candidate.area == 75 * 100)
        #expect(PoseSuppression.Candidate(pose: pose([1, 1, 0.1]), in: box, boxScore: 1).score == 0)
    }

    private func pose(_ flat: [Float]) -> Pose {
        Pose(
            keypoints: stride(from: 0, to: flat.count, by: 3).map { Keypoint(x: flat[$0], y: flat[$0 + 1], score: flat[$0 + 2]) })
    }
}
