import Basics
import Foundation
import PoseTypes
import Testing

@testable import Networks

@Suite struct HeatmapDecodingTests {
    @Test func `keypoints are those of transformers`() throws {
        try compare(try ProcessingFixture.read().decoding, .dark, .udp)
    }

    @Test func `shifted keypoints are those of the code that COCO's networks began with`() throws {
        try compare(try ProcessingFixture.read().shifted, .shift, .classic)
    }

    private func compare(
        _ tests: [ProcessingFixture.Decoding], _ refinement: HeatmapDecoding.Refinement, _ affine: PersonCrop.Affine
    ) throws {
        let heatmaps = try ProcessingFixture.floats("heatmaps.bin")
        var start = 0
        for test in tests {
            let decoding = HeatmapDecoding(width: test.width, height: test.height, refinement: refinement)
            let crop = try #require(
                PersonCrop(
                    BoundingBox(test.box), inputWidth: test.width * 4, inputHeight: test.height * 4, affine: affine))
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

    /// Where the joint's place is a Gaussian, the heatmap is a wider one; where it is one of two, two humps.
    @Test func `sigma is what the training blur does not explain`() throws {
        let crop = try #require(PersonCrop(BoundingBox(x: 0, y: 0, width: 240, height: 320), inputWidth: 192, inputHeight: 256))
        let pixel = crop.y.extent / 63
        func sigma(_ value: (Float, Float) -> Float) throws -> Float {
            let heatmap = (0..<64 * 48).map { value(Float($0 % 48) - 24.3, Float($0 / 48) - 30.6) }
            let found = heatmap.withUnsafeBufferPointer {
                HeatmapDecoding(width: 48, height: 64).keypoint(in: $0.baseAddress!, of: crop)
            }
            return try #require(found.sigma) / pixel
        }
        func gaussian(_ x: Float, _ y: Float, _ deviation: Float) -> Float { exp(-(x * x + y * y) / (2 * deviation * deviation)) }
        #expect(try sigma { 0.9 * gaussian($0, $1, 2) } < 0.6)
        #expect(try abs(sigma { 0.4 * gaussian($0, $1, Float(5).squareRoot()) } - 1) < 0.2)
        #expect(try abs(sigma { 0.3 * gaussian($0, $1, Float(20).squareRoot()) } - 4) < 0.7)
        // 16 rows away, nearly as high: half of the time 16 off, so by 8 in each direction.
        #expect(try abs(sigma { 0.5 * gaussian($0, $1, 2) + 0.49 * gaussian($0, $1 - 16, 2) } - 8) < 0.5)
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
