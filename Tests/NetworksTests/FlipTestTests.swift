import Kernels
import Testing

@testable import Networks

@Suite struct FlipTestTests {
    @Test func `pictures are turned left to right`() {
        let pictures = Tensor([1, 1, 2, 3], [1, 2, 3, 4, 5, 6] as [Float])
        mirror(pictures)
        #expect(pictures.array == [3, 2, 1, 6, 5, 4])
    }

    @Test func `a joint is averaged with its counterpart in the mirror`() {
        // Two joints that are each other's mirror image, one row of two places; the plain crop, then the mirrored one.
        let heatmaps = Tensor([2, 2, 1, 2], [1, 2, 10, 20, 30, 40, 3, 4] as [Float])
        averageFlipped(heatmaps, crops: 1, mirror: [1, 0])
        #expect(Array(heatmaps.array.prefix(4)) == [2.5, 2.5, 25, 25])
    }

    @Test func `older codes move the mirrored crop by a sample`() {
        let heatmaps = Tensor([2, 1, 1, 4], [0, 0, 0, 0, 2, 4, 6, 8] as [Float])
        averageFlipped(heatmaps, crops: 1, mirror: [0], shift: 1)
        #expect(Array(heatmaps.array.prefix(4)) == [4, 4, 3, 2])
    }
}
