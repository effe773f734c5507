import Evaluation
import Foundation
import Media
import Networks
import PoseTypes
import TestSupport
import Testing
import Tracking

@testable import PosedKit

/// Over TUD-Stadtmitte: 179 frames of a street, 10 people who hide each other. What detectors find there, and what ByteTrack makes of
/// it, is kept (Tests/Fixtures/make_bytetrack.py), so all trackers get the same detections.
@Suite(.enabled(if: sharedData != nil), .ownThread) struct IdentityTests {
    let video: String
    let truth: TrackFile

    init() throws {
        let videos = try #require(sharedData).appending(path: "videos")
        video = videos.appending(path: "TUD-Stadtmitte.mp4").path
        let rows = try String(contentsOf: videos.appending(path: "TUD-Stadtmitte.gt.txt"), encoding: .utf8)
        truth = try TrackFile(rows, named: "truth")
    }

    /// Prints rows of the table in docs/following.md.
    @Test(arguments: ["yolox-nano", "person-nano"]) func `people on a street keep their identities`(detector: String) throws {
        let detections = try detections(of: detector)
        let estimator = try loadEstimator(repositoryRoot.appending(path: "weights/vitpose-tiny"))
        let whole = try evaluation(of: follow(detections) { try estimator.poses(in: $0, boxes: $1) })
        let boxesAlone = try evaluation(of: follow(detections) { _, boxes in boxes.map { _ in Pose(keypoints: []) } })
        let byteTrack = try evaluation(of: String(contentsOf: fixture("bytetrack/\(detector).bytetrack.txt"), encoding: .utf8))
        for (name, figures) in [("posed", whole), ("posed, from boxes alone", boxesAlone), ("ByteTrack", byteTrack)] {
            let places = [figures.identity.f1, figures.hota.accuracy, figures.clear.accuracy].map { String(format: "%.3f", $0) }
            print("| \(detector) | \(name) | \(places.joined(separator: " | ")) | \(figures.clear.switches) |")
        }
        #expect(whole.identity.f1 >= byteTrack.identity.f1 + 0.02 && whole.clear.switches < byteTrack.clear.switches)
        #expect(boxesAlone.identity.f1 >= byteTrack.identity.f1 + 0.02)
    }

    /// The kept detections are those of the network, which never changes.
    @Test func `the official detector finds what was kept`() throws {
        let shared = try #require(sharedData)
        let detector = try loadDetector(shared.appending(path: "weights/yolox_nano.onnx"))
        let kept = try detections(of: "yolox-nano")
        let reader = try VideoReader(path: video)
        for _ in 0..<5 {
            let frame = try #require(try reader.next())
            let strong = kept[frame.index + 1, default: []].filter { $0.score >= 0.3 }.sorted { $0.score > $1.score }
            let found = try detector.people(in: frame.image, threshold: 0.3).sorted { $0.score > $1.score }
            #expect(found.count == strong.count)
            #expect(zip(found, strong).allSatisfy { $0.box.iou($1.box) > 0.98 && abs($0.score - $1.score) < 0.01 })
        }
    }

    /// By frames that count from 1.
    private func detections(of detector: String) throws -> [Int: [Detection]] {
        let rows = try String(contentsOf: fixture("bytetrack/\(detector).detections.txt"), encoding: .utf8)
        return rows.split(separator: "\n").reduce(into: [:]) { detections, row in
            let values = row.split(separator: ",").compactMap { Float($0) }
            let box = BoundingBox(x: values[2], y: values[3], width: values[4], height: values[5])
            detections[Int(values[0]), default: []].append(Detection(box: box, score: values[6]))
        }
    }

    private func evaluation(of rows: String) throws -> TrackEvaluation {
        try TrackEvaluation(of: TrackFile(rows, named: "results"), against: truth)
    }

    /// Rows of the results format: who is found from these detections, as the program does it.
    private func follow(_ detections: [Int: [Detection]], estimate: @escaping TrackPeople.Estimate) throws -> String {
        var stage = TrackPeople(
            tracker: Tracker(skeleton: .coco17), detect: { detections[$0.index + 1, default: []] }, estimate: estimate)
        let reader = try VideoReader(path: video)
        var rows: [String] = []
        while let frame = try reader.next() {
            try stage.process(frame) { found in
                for person in found.poses.people {
                    guard let id = person.track?.id.number else { continue }
                    let box = person.box
                    rows.append("\(frame.index + 1),\(id),\(box.x),\(box.y),\(box.width),\(box.height)")
                }
            }
        }
        return rows.joined(separator: "\n")
    }
}
