import Dispatch
import Glibc
import Networks
import PoseTypes
import Synchronization
import TestSupport
import Testing

@testable import Models

@Suite(.ownThread) struct SharedEstimatorTests {
    /// Tells boxes by their x, and waits in its first call until it is let go.
    private final class Recording: PoseEstimator, Sendable {
        let skeleton = Skeleton.coco17
        let calls = Mutex<[[[Float]]]>([])
        let begun = DispatchSemaphore(value: 0)
        let mayGoOn = DispatchSemaphore(value: 0)

        func poses(of people: [PeopleInImage]) throws(NetworkError) -> [[Pose]] {
            let places = people.map { $0.boxes.map(\.x) }
            let isFirst = calls.withLock { calls in
                calls.append(places)
                return calls.count == 1
            }
            if isFirst {
                begun.signal()
                mayGoOn.wait()
            }
            if places.joined().contains(13) { throw NetworkError("no number") }
            return places.map { $0.map { Pose(keypoints: [Keypoint(x: $0, y: 0, score: 1)]) } }
        }
    }

    /// What each of those who ask while another is served gets, and what the network was asked.
    private func asked(_ requests: [[Float]], threads: Int) -> (answers: [[Float]?], calls: [[[Float]]]) {
        let recording = Recording()
        let shared = SharedEstimator(recording, turn: DispatchQueue(label: "turn")) { threads }
        let image = Image(width: 2, height: 2)
        let answers = Mutex([[Float]?](repeating: nil, count: requests.count))
        let group = DispatchGroup()
        func ask(_ index: Int) {
            DispatchQueue(label: "stream \(index)").async(group: group) {
                let boxes = requests[index].map { BoundingBox(x: $0, y: 0, width: 1, height: 1) }
                let poses = try? shared.poses(in: image, boxes: boxes)
                answers.withLock { $0[index] = poses?.map { $0.keypoints[0].x } }
            }
        }
        ask(0)
        recording.begun.wait()
        for index in requests.indices.dropFirst() {
            ask(index)
            while shared.waitingCount < index { usleep(1000) }
        }
        recording.mayGoOn.signal()
        group.wait()
        return (answers.withLock { $0 }, recording.calls.withLock { $0 })
    }

    @Test func threadsThatWouldHaveNobodyTakePeopleOfOthers() {
        let (answers, calls) = asked([[1], [2], [3, 4], [5], [6]], threads: 4)
        #expect(answers == [[1], [2], [3, 4], [5], [6]])
        #expect(calls.map { $0.flatMap(\.self).count } == [1, 4, 1])
        #expect(calls[1].first == [2])
    }

    @Test func aCrowdDelaysNobodyByJoiningThem() {
        let (answers, calls) = asked([[1], [2], [3, 4, 5, 6], [7]], threads: 2)
        #expect(answers == [[1], [2], [3, 4, 5, 6], [7]])
        #expect(calls == [[[1]], [[2], [7]], [[3, 4, 5, 6]]])
    }

    @Test func oneThreadServesEachByItself() {
        #expect(asked([[1], [2], [3]], threads: 1).calls == [[[1]], [[2]], [[3]]])
    }

    @Test func aFailureIsToldToAllWhomItConcerns() {
        #expect(asked([[1], [13], [2], [3]], threads: 2).answers == [[1], nil, nil, [3]])
    }
}
