import Dispatch
import Networks
import PoseTypes
import Synchronization

/// A pose network that several pipelines use in turn, or together where threads would be left without a person of their own: who has the
/// turn takes as many people of others along. It then waits for one person a thread, instead of threads that share one; all together
/// are done sooner.
// @unchecked Sendable because the network is only used on the queue, one call at a time.
final class SharedEstimator: @unchecked Sendable {
    // @unchecked Sendable because `poses` is only used on the queue, once the request waits there.
    private final class Request: @unchecked Sendable {
        let people: PeopleInImage
        var poses: Result<[Pose], any Error>?

        init(_ people: PeopleInImage) { self.people = people }
    }

    private let turn: DispatchQueue
    private let estimator: any PoseEstimator
    private let threads: @Sendable () -> Int
    /// Those who have asked and not been served, in the order in which they asked.
    private let waiting = Mutex<[Request]>([])

    init(_ estimator: sending any PoseEstimator, turn: DispatchQueue, threads: @escaping @Sendable () -> Int) {
        self.estimator = estimator
        self.turn = turn
        self.threads = threads
    }

    @available(*, noasync, message: "blocks its thread")
    func poses(in image: Image, boxes: [BoundingBox]) throws -> [Pose] {
        if boxes.isEmpty { return [] }
        let request = Request(PeopleInImage(image: image, boxes: boxes))
        waiting.withLock { $0.append(request) }
        return try turn.sync {
            while request.poses == nil { serve(next()) }
            return try request.poses!.get()
        }
    }

    /// The first request, and those for which there is room beside it.
    private func next() -> [Request] {
        let threads = threads()
        return waiting.withLock { waiting in
            var taken = [waiting.removeFirst()]
            let count = taken[0].people.boxes.count
            var room = (threads - count % threads) % threads
            waiting.removeAll { other in
                guard other.people.boxes.count <= room else { return false }
                room -= other.people.boxes.count
                taken.append(other)
                return true
            }
            return taken
        }
    }

    private func serve(_ requests: [Request]) {
        let poses = Result { try estimator.poses(of: requests.map(\.people)) }
        for (index, request) in requests.enumerated() { request.poses = poses.map { $0[index] } }
    }

    /// How many have asked and not been served.
    var waitingCount: Int { waiting.withLock { $0.count } }
}
