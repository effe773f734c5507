import Foundation
import Media
import Models
import Networks
import PoseTypes
import TestSupport
import Testing

@testable import PosedKit

/// What PyTorch, transformers and ONNX Runtime found in a frame of the demo clip (make_processing.py).
private struct Expected: Decodable {
    struct People: Decodable {
        let threshold: Float
        /// x, y, width, height, score.
        let detections: [[Float]]
    }

    struct EndToEnd: Decodable {
        let threshold: Float
        let detections: [[Float]]
        /// For each person each joint's x, y, score; alone and with the flip test.
        let keypoints: [[[Float]]]
        let flipped: [[[Float]]]
    }

    /// SHA-256 of the weights that the fixture was made with.
    let weights: [String: String]
    let endToEnd: EndToEnd
    let official: People

    static func read() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(contentsOf: fixture("processing/manifest.json")))
    }
}

private func weights(_ name: String) -> URL { repositoryRoot.appending(path: "weights/\(name)") }

private func frame() throws -> Image {
    try #require(try VideoReader(path: fixture("processing/frame.png").path).next()).image
}

private func expectSame(_ found: [Detection], _ expected: [[Float]]) throws {
    try #require(found.count == expected.count)
    for (detection, expected) in zip(found, expected) {
        let box = detection.box
        for (value, number) in zip([box.x, box.y, box.width, box.height], expected) { #expect(abs(value - number) < 0.05) }
        #expect(abs(detection.score - expected[4]) < 1e-3)
    }
}

@Suite struct ParityTests {
    @Test(arguments: ["vitpose-tiny", "person-nano"])
    func `the fixture was made with the embedded weights`(name: String) throws {
        #expect(
            try ModelStore.checksum(of: weights(name)) == Expected.read().weights[name],
            "run Tests/Fixtures/make_processing.py again: weights/\(name) changed")
    }

    @Test(arguments: [false, true])
    func `boxes and joints of a real frame are those of PyTorch and transformers`(flip: Bool) throws {
        let expected = try Expected.read().endToEnd
        let image = try frame()
        let found = try loadDetector(weights("person-nano")).people(in: image, threshold: expected.threshold)
        try expectSame(found, expected.detections)
        let poses = try loadEstimator(weights("vitpose-tiny"), .init(flip: flip)).poses(in: image, boxes: found.map(\.box))
        for (pose, joints) in zip(poses, flip ? expected.flipped : expected.keypoints) {
            try #require(pose.keypoints.count == joints.count)
            for (keypoint, joint) in zip(pose.keypoints, joints) {
                #expect(abs(keypoint.x - joint[0]) < 0.05 && abs(keypoint.y - joint[1]) < 0.05)
                #expect(abs(keypoint.score - joint[2]) < 1e-3)
            }
        }
    }

    @Test(.enabled(if: sharedData != nil)) func `the official nano file finds what ONNX Runtime finds`() throws {
        let file = try #require(sharedData).appending(path: "weights/yolox_nano.onnx")
        let expected = try Expected.read().official
        try expectSame(loadDetector(file).people(in: frame(), threshold: expected.threshold), expected.detections)
    }
}
