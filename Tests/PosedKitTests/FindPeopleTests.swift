import PoseTypes
import Synchronization
import Testing

@testable import PosedKit

/// A scene of points that walk; the doubles of both networks look at it. Not Sendable: one test uses it.
private final class Scene {
    static let (width, height) = (200, 100)

    /// Where everybody stands in the present frame: the centre of a person 20 wide and 40 high.
    var people: [(x: Float, y: Float)] = []
    var jointScore: Float = 0.9
    private(set) var detections = 0
    private(set) var seen: [BoundingBox] = []

    func stage(every interval: Int, mostPeople: Int? = nil) -> FindPeople {
        FindPeople(every: interval, mostPeople: mostPeople) { _ in
            self.detections += 1
            return self.people.enumerated().map { index, person in
                Detection(box: self.box(person), score: 0.5 + 0.1 * Float(index))
            }
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

@Suite struct FindPeopleTests {
    private let scene = Scene()

    /// The people of the frame after `step` was made.
    private func run(_ stage: inout FindPeople, _ index: Int) throws -> [Person] {
        var found: [PosedFrame] = []
        let image = Image(width: Scene.width, height: Scene.height)
        try stage.process(VideoFrame(index: index, time: Timestamp(seconds: Double(index)), image: image)) { found.append($0) }
        #expect(found.map(\.poses.index) == [index])
        return found[0].poses.people
    }

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
            scene.people = [(x: 40 + 5 * Float(index), y: 50), (x: 150 - 5 * Float(index), y: 40)]
            let people = try run(&stage, index)
            #expect(people.map(\.score) == [0.6, 0.5])
            #expect(people.map(\.box) == scene.seen)
            #expect(people[1].pose.keypoints[0].x == scene.people[0].x - 8)
        }
        #expect(scene.detections == 3)
    }

    @Test func boxesDoNotGrowFromFrameToFrame() throws {
        var stage = scene.stage(every: 1000)
        scene.people = [(x: 100, y: 50)]
        for index in 0..<100 { _ = try run(&stage, index) }
        #expect(abs(scene.seen[0].width - 20) < 3)
        #expect(abs(scene.seen[0].height - 40) < 3)
        #expect(abs(scene.seen[0].x + scene.seen[0].width / 2 - 100) < 1)
    }

    @Test func aLostPersonForcesOneDetection() throws {
        var stage = scene.stage(every: 1000)
        scene.people = [(x: 50, y: 50), (x: 150, y: 50)]
        for index in 0..<5 { #expect(try run(&stage, index).count == 2) }
        scene.people.removeLast()
        for index in 5..<10 { #expect(try run(&stage, index).count == 1) }
        #expect(scene.detections == 2)
    }

    @Test func whoLeavesThePictureForcesADetection() throws {
        var stage = scene.stage(every: 1000)
        for (index, x) in [Float(180), 190, 205].enumerated() {
            scene.people = [(x: x, y: 50)]
            _ = try run(&stage, index)
        }
        #expect(scene.detections == 2)
    }

    @Test func weakJointsFromTheStartForceNothing() throws {
        var stage = scene.stage(every: 5)
        scene.jointScore = 0.1
        scene.people = [(x: 50, y: 50)]
        for index in 0..<10 { _ = try run(&stage, index) }
        #expect(scene.detections == 2)
        #expect(scene.seen == [BoundingBox(x: 40, y: 30, width: 20, height: 40)])
    }

    @Test func anEmptySceneIsDetectedAtItsInterval() throws {
        var stage = scene.stage(every: 3)
        for index in 0..<9 { #expect(try run(&stage, index).isEmpty) }
        #expect(scene.detections == 3)
    }

    @Test func theBestAreKept() throws {
        var stage = scene.stage(every: 1, mostPeople: 2)
        scene.people = [(x: 30, y: 50), (x: 90, y: 50), (x: 150, y: 50)]
        #expect(try run(&stage, 0).map(\.score) == [0.7, 0.6])
    }
}
