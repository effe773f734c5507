import Dispatch
import Testing

@testable import Flow

@Suite struct QueueTests {
    /// Pictures of a camera may be large: a queue counts their bytes, too.
    @Test func largeElementsAreFewerAtATime() {
        let half = BoundedQueue<Int>.maxBytes / 2
        let queue = BoundedQueue<Int>(capacity: 8, overflow: .dropOldest) { $0 }
        let sizes = [half, half, half, half + 1, 1, 1, 3 * half, 2, 2]
        // After each: the largest one waits alone, small ones as many as fit.
        let depths = sizes.map { size in
            DispatchQueue(label: "test").sync { queue.push(size) }
            return queue.statistics.depth
        }
        #expect(depths == [1, 2, 2, 1, 2, 3, 1, 1, 2])
        #expect(queue.statistics.dropped == sizes.count - 2)
    }
}
