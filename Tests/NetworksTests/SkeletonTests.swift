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

    @Test func `known layouts are whole`() {
        let sizes = ["coco-17", "aic-14", "mpii-16", "crowdpose-14", "ap10k-17", "coco-wholebody-133", "halpe-26"]
        #expect(Skeleton.known.map(\.name) == sizes)
        for skeleton in Skeleton.known {
            let count = skeleton.joints.count
            #expect(skeleton.name.hasSuffix("-\(count)"))
            #expect(Set(skeleton.joints).count == count)
            #expect(skeleton.sigmas.count == count && skeleton.sigmas.allSatisfy { $0 > 0.005 && $0 < 0.2 })
            #expect(skeleton.mirror.indices.allSatisfy { skeleton.mirror[skeleton.mirror[$0]] == $0 })
            for (joint, other) in zip(skeleton.joints, skeleton.mirror.map({ skeleton.joints[$0] }))
            where !joint.hasPrefix("face_") {
                let isSided = joint.hasPrefix("left_") || joint.hasPrefix("right_")
                #expect(isSided == (joint != other), "\(skeleton.name): \(joint)")
            }
            #expect(
                skeleton.bones.allSatisfy { $0.count == 2 && $0.allSatisfy(skeleton.joints.indices.contains) && $0[0] != $0[1] })
            // The mirror image of a bone is a bone.
            let bones = Set(skeleton.bones.map(Set.init))
            #expect(bones.count == skeleton.bones.count)
            #expect(bones.allSatisfy { bone in bones.contains(Set(bone.map { skeleton.mirror[$0] })) }, "\(skeleton.name)")
        }
    }

    @Test func `the whole body is body, feet, face and hands`() {
        let (joints, mirror) = (Skeleton.wholeBody133.joints, Skeleton.wholeBody133.mirror)
        #expect(joints[17] == "left_big_toe" && joints[22] == "right_heel" && joints[23] == "face_0" && joints[90] == "face_67")
        #expect(joints[91] == "left_hand_root" && joints[92] == "left_thumb1" && joints[111] == "left_pinky_finger4")
        #expect(joints[112] == "right_hand_root" && joints[132] == "right_pinky_finger4")
        #expect([23, 31, 40, 50, 59, 63, 71, 83, 88, 91].map { mirror[$0] } == [39, 31, 49, 50, 68, 70, 77, 87, 90, 112])
        // A finger's four joints follow one another from the wrist.
        #expect(
            [[9, 92], [92, 93], [94, 95], [9, 108], [110, 111], [10, 129]].allSatisfy(Skeleton.wholeBody133.bones.contains))
    }

    @Test func `known layouts are told by the labels of those who publish them`() throws {
        #expect(
            try skeleton([
                "L_Eye", "R_Eye", "Nose", "Neck", "Root of tail", "L_Shoulder", "L_Elbow", "L_F_Paw", "R_Shoulder", "R_Elbow",
                "R_F_Paw", "L_Hip", "L_Knee", "L_B_Paw", "R_Hip", "R_Knee", "R_B_Paw",
            ]) == .ap10k17)
        #expect(try skeleton(Skeleton.wholeBody133.joints.map { $0.replacing("face_", with: "face-") }) == .wholeBody133)
        #expect(try skeleton(Skeleton.crowdPose14.joints.map { $0 == "head" ? "top_head" : $0 }) == .crowdPose14)
        for known in Skeleton.known { #expect(try skeleton(known.joints) == known) }
    }

    @Test func `labels without names are of the one known layout that has as many`() throws {
        #expect(try skeleton((0..<133).map { "LABEL_\($0)" }) == .wholeBody133)
        #expect(try skeleton((0..<16).map { "\($0)" }) == .mpii16)
        // COCO's or an animal's.
        #expect(try skeleton((0..<17).map { "LABEL_\($0)" }, edges: [[0, 1]]).name == "keypoints-17")
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
