import Foundation
import PoseTypes
import Testing

@testable import Networks

@Suite struct SkeletonTests {
    private func skeleton(_ labels: [String], edges: [[Int]] = []) throws -> Skeleton {
        try Skeleton(labels: labels, edges: edges, of: URL(filePath: "model"))
    }

    @Test func `COCO's labels are told however they are spelled`() throws {
        #expect(try skeleton(Skeleton.coco17.joints) == .coco17)
        let published = Skeleton.coco17.joints.map {
            $0.replacing("left_", with: "L_").replacing("right_", with: "R_").capitalized
        }
        #expect(try skeleton(published, edges: [[15, 13]]) == .coco17)
    }

    @Test func `another layout is built from its labels and edges`() throws {
        let hand = try skeleton(["Wrist", "L_Thumb", "R_Thumb", "left_tip", "Tail"], edges: [[0, 1], [0, 2]])
        #expect(hand.name == "keypoints-5")
        #expect(hand.joints == ["wrist", "left_thumb", "right_thumb", "left_tip", "tail"])
        #expect(hand.mirror == [0, 2, 1, 3, 4])
        #expect(hand.bones == [[0, 1], [0, 2]])
    }

    @Test func `labels that occur twice have no mirror`() throws {
        #expect(try skeleton(["left_a", "left_a", "right_a"]).mirror == [0, 1, 2])
    }

    @Test(arguments: [[[0, 2]], [[0]], [[-1, 0]]]) func `an edge to nowhere is refused`(edges: [[Int]]) {
        #expect(throws: NetworkError.self) { try skeleton(["a", "b"], edges: edges) }
    }
}
