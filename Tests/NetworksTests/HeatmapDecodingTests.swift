import PoseTypes
import Testing

@testable import Networks

@Suite struct HeatmapDecodingTests {
    @Test func `keypoints are those of transformers`() throws {
        let heatmaps = try ProcessingFixture.floats("heatmaps.bin")
        var start = 0
        for test in try ProcessingFixture.read().decoding {
            let decoding = HeatmapDecoding(width: test.width, height: test.height)
            let crop = try #require(
                PersonCrop(BoundingBox(test.box), inputWidth: test.width * 4, inputHeight: test.height * 4))
            for (joint, expected) in test.keypoints.enumerated() {
                let found = heatmaps[start...].withUnsafeBufferPointer { decoding.keypoint(in: $0.baseAddress!, of: crop) }
                start += test.width * test.height
                #expect(abs(found.x - expected[0]) < 1e-3, "map \(joint) of \(test.width)x\(test.height): \(found) \(expected)")
                #expect(abs(found.y - expected[1]) < 1e-3, "map \(joint) of \(test.width)x\(test.height): \(found) \(expected)")
                #expect(found.score == expected[2])
            }
        }
        #expect(start == heatmaps.count)
    }

    @Test func `a heatmap that never rises above zero is not refined`() throws {
        let crop = try #require(PersonCrop(BoundingBox(x: 0, y: 0, width: 60, height: 80), inputWidth: 48, inputHeight: 64))
        let found = [Float](repeating: -0.5, count: 12 * 16).withUnsafeBufferPointer {
            HeatmapDecoding(width: 12, height: 16).keypoint(in: $0.baseAddress!, of: crop)
        }
        let corner = crop.place(-1, -1, width: 12, height: 16)
        #expect(found == Keypoint(x: corner.x, y: corner.y, score: -0.5))
    }
}
