import Foundation
import PoseTypes
import Testing

@testable import Tracking

/// Tracking and smoothing know no layout by name.
@Suite struct LayoutTests {
    /// Somebody 400 high whose joints lie on a ring, and who walks and shakes a little.
    private func person(_ skeleton: Skeleton, at seconds: Double) -> Person {
        let count = Double(skeleton.joints.count)
        let (x, y) = (300 + 60 * seconds, 360.0)
        let keypoints = skeleton.joints.indices.map { joint in
            let angle = Double(joint) / count * 2 * .pi
            let shake = 1.5 * sin(40 * seconds + 5 * Double(joint))
            return Keypoint(x: Float(x + 90 * cos(angle) + shake), y: Float(y + 180 * sin(angle) - shake), score: 0.8)
        }
        let box = BoundingBox(x: Float(x - 100), y: Float(y - 200), width: 200, height: 400)
        return Person(box: box, score: 0.9, pose: Pose(keypoints: keypoints))
    }

    @Test(arguments: Skeleton.known) func aPersonOfAnyLayoutKeepsOneTrackWithAllJoints(skeleton: Skeleton) {
        var tracker = Tracker(skeleton: skeleton)
        var settings = PoseSmoother.Settings()
        settings.lag = 0.4
        var smoother = PoseSmoother(skeleton: skeleton, settings: settings)
        var ids: Set<Int> = []
        for index in 0..<60 {
            let time = Timestamp(seconds: Double(index) / 30)
            _ = tracker.predict(at: time, width: 1280, height: 720)
            let update = tracker.update(with: [person(skeleton, at: Double(index) / 30)], at: time)
            for frame in smoother.smooth(PoseFrame(index: index, time: time, people: update.people)) where index > 30 {
                for track in frame.people.compactMap(\.track) {
                    ids.insert(track.id.number)
                    #expect(track.joints.count == skeleton.joints.count && track.joints.allSatisfy { $0.place != nil })
                }
            }
        }
        #expect(ids == [1])
    }

    /// A face's sigmas are a tenth of a hip's, and between frames it moves as far.
    @Test(arguments: Skeleton.known) func oneStepOfAWalkIsAlike(skeleton: Skeleton) throws {
        let (one, next) = (person(skeleton, at: 1), person(skeleton, at: 1 + 1.0 / 30))
        let alike = try #require(Similarity(skeleton)(one.pose, next.pose, area: one.box.area))
        #expect(alike > 0.8, "\(skeleton.name): \(alike)")
    }
}
