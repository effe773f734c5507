import PoseTypes
import Testing

@testable import Drawing

/// Every known layout has its left and right in their colours.
@Suite struct LayoutTests {
    /// The colour half-way along a bone that is drawn alone, from left to right.
    private func color(of bone: [Int], in skeleton: Skeleton) -> [Int] {
        var keypoints = skeleton.joints.map { _ in Keypoint(x: 0, y: 0, score: 0) }
        keypoints[bone[0]] = Keypoint(x: 100, y: 240, score: 1)
        keypoints[bone[1]] = Keypoint(x: 300, y: 240, score: 1)
        var image = Image(width: 640, height: 480, grey: 90)
        let box = BoundingBox(x: 20, y: 20, width: 400, height: 440)
        OverlayPainter(skeleton: skeleton).paint([Person(box: box, score: 0.9, pose: Pose(keypoints: keypoints))], into: &image)
        return image.pixels[(240 * 640 + 200) * 3..<(240 * 640 + 200) * 3 + 3].map(Int.init)
    }

    @Test(arguments: Skeleton.known) func leftIsBlueAndRightIsOrange(skeleton: Skeleton) {
        for bone in skeleton.bones {
            let names = bone.map { skeleton.joints[$0] }
            let isLeft = names.contains { $0.hasPrefix("left_") }
            let isRight = names.contains { $0.hasPrefix("right_") }
            let found = color(of: bone, in: skeleton)
            #expect(found != [90, 90, 90], "\(names)")
            guard isLeft != isRight else { continue }
            #expect(isLeft ? found[2] > found[0] + 40 : found[0] > found[2] + 40, "\(skeleton.name) \(names): \(found)")
        }
    }

    @Test func limbsOfAnimalsAndHandsAreThoseOfABody() {
        #expect(Part(joint: "left_back_paw") == .leg && Part(joint: "left_front_paw") == .arm)
        #expect(Part(joint: "root_of_tail") == .torso && Part(joint: "right_pinky_finger4") == .arm)
        #expect(Stroke(joint: "left_hand_root").weight < 0.5 && Stroke(joint: "face_12").weight < 0.5)
        #expect(Stroke(joint: "left_wrist").weight == 1 && Stroke(bone: "left_wrist", "left_thumb1").weight == 1)
        #expect(Stroke(bone: "left_thumb1", "left_thumb2").weight < 0.5)
    }
}
