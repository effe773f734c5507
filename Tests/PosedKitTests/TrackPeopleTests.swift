import Models
import PoseTypes
import Settings
import Testing
import Tracking

@testable import PosedKit

/// A scene of points that walk; the doubles of both networks look at it. Not Sendable: one test uses it.
private final class Scene {
    static let (width, height) = (200, 100)

    /// Where everybody stands in the present frame: the centre of a person 20 wide and 40 high.
    var people: [(x: Float, y: Float)] = []
    var jointScore: Float = 0.9
    /// The detector's scores; of nobody else it says anything.
    var scores: [Float] = [0.5, 0.6, 0.7]
    private(set) var detections = 0
    private(set) var seen: [BoundingBox] = []

    func stage(
        every interval: Int, maxPersons: Int? = nil, isPicture: Bool = false, calibration: ScoreCalibration = .none,
        isWanted: @escaping (BoundingBox) -> Bool = { _ in true }
    ) -> TrackPeople {
        let corners = Skeleton(name: "corners", joints: ["a", "b", "c", "d"], bones: [], mirror: [1, 0, 3, 2], sigmas: [])
        var settings = Tracker.Settings()
        settings.detectEvery = interval
        return TrackPeople(
            tracker: Tracker(skeleton: corners, settings: settings), maxPersons: maxPersons,
            isWanted: { box, image in
                #expect(image.width == Self.width)
                return isWanted(box)
            }, isPicture: isPicture, calibration: calibration
        ) { _ in
            self.detections += 1
            return zip(self.people, self.scores).map { Detection(box: self.box($0), score: $1) }
        } estimate: { _, boxes in
            self.seen = boxes
            return boxes.map(self.pose)
        }
    }

    private func box(_ person: (x: Float, y: Float)) -> BoundingBox {
        BoundingBox(x: person.x - 10, y: person.y - 20, width: 20, height: 40)
    }

    /// The joints of whoever stands nearest to the middle of the box; of nobody, if there is nobody in it.
    private func pose(in box: BoundingBox) -> Pose {
        let middle = (x: box.x + box.width / 2, y: box.y + box.height / 2)
        func distance(_ person: (x: Float, y: Float)) -> Float { abs(person.x - middle.x) + abs(person.y - middle.y) }
        let nearest = people.min { distance($0) < distance($1) }.flatMap { distance($0) < 20 ? $0 : nil }
        let corners: [(Float, Float)] = [(-8, -16), (8, -16), (-8, 16), (8, 16)]
        return Pose(
            keypoints: corners.map { corner in
                guard let nearest else { return Keypoint(x: middle.x, y: middle.y, score: 0.01) }
                return Keypoint(x: nearest.x + corner.0, y: nearest.y + corner.1, score: jointScore)
            })
    }
}

@Suite struct TrackPeopleTests {
    private let scene = Scene()

    private func frame(_ stage: inout TrackPeople, _ index: Int) throws -> PoseFrame {
        var found: [FrameWithPoses] = []
        let image = Image(width: Scene.width, height: Scene.height)
        let time = Timestamp(seconds: 0.04 * Double(index))
        try stage.process(VideoFrame(index: index, time: time, image: image)) { found.append($0) }
        #expect(found.map(\.poses.index) == [index])
        return found[0].poses
    }

    private func run(_ stage: inout TrackPeople, _ index: Int) throws -> [Person] { try frame(&stage, index).people }

    @Test func everyFrameIsDetectedByDefault() throws {
        var stage = scene.stage(every: 1)
        for index in 0..<5 {
            scene.people = [(x: 20 + 30 * Float(index), y: 50)]
            #expect(try run(&stage, index).count == 1)
        }
        #expect(scene.detections == 5)
    }

    @Test func betweenDetectionsBoxesFollowThePoses() throws {
        var stage = scene.stage(every: 4)
        for index in 0..<9 {
            scene.people = [(x: 40 + Float(index), y: 50), (x: 150 - Float(index), y: 40)]
            let people = try run(&stage, index)
            #expect(people.map(\.score) == [0.6, 0.5])
            for (person, seen) in zip(people, scene.seen) { #expect(person.box.iou(seen) > 0.85) }
            #expect(people[1].pose.keypoints[0].x == scene.people[0].x - 8)
        }
        #expect(scene.detections == 3)
    }

    @Test func everybodyKeepsAnIdentity() throws {
        var stage = scene.stage(every: 3)
        var starts: [TrackID] = []
        (scene.scores, scene.jointScore) = ([0.3, 0.6], 0.82)
        for index in 0..<20 {
            scene.people = [(x: 40 + Float(index), y: 50), (x: 150 - Float(index), y: 40)]
            let poses = try frame(&stage, index)
            starts += poses.events.filter { $0.kind == .start }.map(\.id)
            // The surer one is certain at once, the other when 0.2 s have passed.
            #expect(poses.people.map(\.track?.id) == [TrackID(1), index < 5 ? nil : TrackID(2)], "frame \(index)")
        }
        #expect(starts == [TrackID(1), TrackID(2)])
    }

    @Test func weakDetectionsContinueATrackAndBeginNone() throws {
        var stage = scene.stage(every: 1)
        scene.people = [(x: 50, y: 50), (x: 150, y: 50)]
        scene.scores = [0.9, 0.2]
        #expect(try run(&stage, 0).count == 1)
        #expect(scene.seen.count == 1, "a pose was estimated for nothing")
        scene.scores = [0.2, 0.2]
        for index in 1..<10 { #expect(try run(&stage, index).map(\.track?.id) == [TrackID(1)]) }
        #expect(scene.seen.count == 1)
    }

    @Test func nobodyHasANameInAPicture() throws {
        var stage = scene.stage(every: 1, isPicture: true)
        scene.people = [(x: 50, y: 50), (x: 100, y: 50), (x: 150, y: 50)]
        let poses = try frame(&stage, 0)
        #expect(poses.people.map(\.track) == [nil, nil, nil])
        #expect(poses.events.isEmpty)
    }

    @Test func theThresholdIsOfCalibratedScoresInVideosAndOfRawOnesInPictures() throws {
        scene.people = [(x: 50, y: 50), (x: 150, y: 50)]
        scene.scores = [0.2, 0.4]
        // 0.2 and 0.4 become 0.4 and 0.64; the other way, 0.08 and 0.2.
        let expected: [(shift: Double, scores: [Float])] = [(1, [0.4, 0.2]), (-1, [])]
        for (shift, scores) in expected {
            let calibration = ScoreCalibration(scale: 1, shift: shift)
            var stage = scene.stage(every: 1, calibration: calibration)
            let found = try run(&stage, 0).map(\.score)
            #expect(found.count == scores.count && zip(found, scores).allSatisfy { abs($0 - $1) < 1e-5 }, "\(found)")
            stage = scene.stage(every: 1, isPicture: true, calibration: calibration)
            #expect(try run(&stage, 0).map(\.score) == [0.4])
        }
    }

    @Test func boxesDoNotGrowFromFrameToFrame() throws {
        var stage = scene.stage(every: 1000)
        scene.people = [(x: 100, y: 50)]
        for index in 0..<100 { _ = try run(&stage, index) }
        #expect(scene.detections == 1)
        #expect(abs(scene.seen[0].width - 20) < 3)
        #expect(abs(scene.seen[0].height - 40) < 3)
        #expect(abs(scene.seen[0].x + scene.seen[0].width / 2 - 100) < 1)
    }

    @Test func aLostPersonForcesOneDetection() throws {
        var stage = scene.stage(every: 1000)
        scene.people = [(x: 50, y: 50), (x: 150, y: 50)]
        for index in 0..<10 { #expect(try run(&stage, index).count == 2) }
        scene.people.removeLast()
        for index in 10..<20 { #expect(try run(&stage, index).count == 1) }
        #expect(scene.detections == 2)
    }

    @Test func whoComesNearTheEdgeForcesADetection() throws {
        var stage = scene.stage(every: 1000)
        for index in 0..<20 {
            scene.people = [(x: 170 + Float(index), y: 50)]
            _ = try run(&stage, index)
        }
        #expect(scene.detections == 2)
    }

    @Test func weakJointsFromTheStartForceNothing() throws {
        var stage = scene.stage(every: 5)
        (scene.scores, scene.jointScore) = ([0.7], 0.6)
        scene.people = [(x: 50, y: 50)]
        for index in 0..<10 { #expect(try run(&stage, index).count == 1) }
        #expect(scene.detections == 2)
        #expect(scene.seen[0].iou(BoundingBox(x: 40, y: 30, width: 20, height: 40)) > 0.95)
    }

    @Test func anEmptySceneIsDetectedAtItsInterval() throws {
        var stage = scene.stage(every: 3)
        for index in 0..<9 { #expect(try run(&stage, index).isEmpty) }
        #expect(scene.detections == 3)
    }

    @Test func whoStandsElsewhereIsNotLookedAt() throws {
        var stage = scene.stage(every: 2) { $0.x < 100 }
        for index in 0..<10 {
            scene.people = [(x: 50 + 10 * Float(index), y: 50)]
            #expect(try run(&stage, index).count == (scene.people[0].x < 110 ? 1 : 0), "frame \(index)")
        }
    }

    @Test func whoIsForgottenEndsAndComesBackAsSomebodyElse() throws {
        var stage = scene.stage(every: 1)
        scene.people = [(x: 50, y: 50)]
        scene.scores = [0.9]
        #expect(try run(&stage, 0).map(\.track?.id) == [TrackID(1)])
        _ = stage.restart()
        let poses = try frame(&stage, 1)
        #expect(poses.people.map(\.track?.id) == [TrackID(2)])
        #expect(poses.events.map(\.kind) == [.end, .start])
        #expect(poses.events.map(\.id) == [TrackID(1), TrackID(2)])
    }

    @Test func theBestAreKept() throws {
        var stage = scene.stage(every: 1, maxPersons: 2)
        scene.people = [(x: 30, y: 50), (x: 90, y: 50), (x: 150, y: 50)]
        #expect(try run(&stage, 0).map(\.score) == [0.7, 0.6])
    }
}
