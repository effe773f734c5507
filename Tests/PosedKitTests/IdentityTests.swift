import Evaluation
import Foundation
import Media
import Networks
import PoseTypes
import TestSupport
import Testing
import Tracking

/// Over TUD-Stadtmitte: 179 frames of a street, 10 people who hide each other. `scripts/bytetrack.py` gives another tracker the same
/// detections.
@Suite(.enabled(if: sharedData != nil)) struct IdentityTests {
    @Test func `people on a street keep their identities`() throws {
        let shared = try #require(sharedData)
        let truth = try TrackFile(
            String(contentsOf: shared.appending(path: "videos/TUD-Stadtmitte.gt.txt"), encoding: .utf8), named: "truth")
        let frames = try self.frames(of: shared.appending(path: "videos/TUD-Stadtmitte.mp4").path, shared)
        let whole = try TrackEvaluation(of: follow(frames), against: truth)
        let boxesAlone = try TrackEvaluation(
            of: follow(
                frames.map { frame in
                    var frame = frame
                    for person in frame.people.indices { frame.people[person].pose.keypoints = [] }
                    return frame
                }), against: truth)
        print("boxes and poses:\n\(whole)\n\nboxes alone:\n\(boxesAlone)")
        // ByteTrack, with the best of five thresholds, has 0.648 and 10.
        #expect(whole.identity.f1 > 0.75 && whole.clear.switches < 9)
        #expect(boxesAlone.identity.f1 > 0.67)
    }

    /// Everybody the detector may have seen, with their poses.
    private func frames(of video: String, _ shared: URL) throws -> [PoseFrame] {
        let detector = try YOLOXDetector(shared.appending(path: "weights/yolox_nano.onnx"), threshold: 0.1)
        let estimator = try ViTPoseEstimator(folder: repositoryRoot.appending(path: "weights/vitpose-tiny"))
        let reader = try VideoReader(path: video)
        var frames: [PoseFrame] = []
        while let frame = try reader.next() {
            let detections = try detector.detect(in: frame.image)
            let poses = try estimator.poses(in: frame.image, boxes: detections.map(\.box))
            let people = zip(detections, poses).map { Person(box: $0.box, score: $0.score, pose: $1) }
            frames.append(PoseFrame(index: frame.index, time: frame.time, people: people))
        }
        return frames
    }

    private func follow(_ frames: [PoseFrame]) throws -> TrackFile {
        var tracker = Tracker(skeleton: .coco17)
        var rows: [String] = []
        for frame in frames {
            _ = tracker.predict(at: frame.time, width: 640, height: 480)
            let candidates = Set(tracker.candidates(from: frame.people.map { Detection(box: $0.box, score: $0.score) }))
            let people = frame.people.filter { candidates.contains(Detection(box: $0.box, score: $0.score)) }
            for person in tracker.update(with: people, at: frame.time).people {
                guard let id = person.track?.id.number else { continue }
                rows.append("\(frame.index + 1),\(id),\(person.box.x),\(person.box.y),\(person.box.width),\(person.box.height)")
            }
        }
        return try TrackFile(rows.joined(separator: "\n"), named: "results")
    }
}
