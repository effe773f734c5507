import PoseTypes
import Testing

@testable import Networks

/// Shows every 8-bit value as itself.
private let plain = (0..<3).flatMap { _ in (0..<256).map { Float($0) } }

private func crop(
    _ image: Image, _ box: BoundingBox, width: Int, height: Int, affine: PersonCrop.Affine = .udp
) -> [Float]? {
    guard let crop = PersonCrop(box, inputWidth: width, inputHeight: height, affine: affine) else { return nil }
    let sampler = CropSampler(width: width, height: height, levels: plain)
    var planes = [Float](repeating: -1, count: 3 * width * height)
    planes.withUnsafeMutableBufferPointer { sampler.cut(crop, from: image, into: $0.baseAddress!) }
    return planes
}

@Suite struct PersonCropTests {
    @Test func `crops are those of transformers, to the last level`() throws { try compare("crops.bin", .udp) }

    @Test func `classic crops are those of the code that COCO's networks began with`() throws {
        try compare("classic_crops.bin", .classic)
    }

    private func compare(_ file: String, _ affine: PersonCrop.Affine) throws {
        let expected = try ProcessingFixture.bytes(file)
        var start = 0
        for test in try ProcessingFixture.read().crops {
            let found = try #require(
                crop(
                    .synthetic(width: test.width, height: test.height), BoundingBox(test.box), width: test.inputWidth,
                    height: test.inputHeight, affine: affine))
            let difference = zip(found, expected[start...]).map { abs($0 - Float($1)) }
            start += found.count
            #expect(difference.max()! <= 1, "box \(test.box) of \(test.width)x\(test.height)")
            // Ties of rounding aside, nothing differs.
            #expect(difference.count { $0 > 0 } * 1000 <= found.count, "box \(test.box) of \(test.width)x\(test.height)")
        }
        #expect(start == expected.count)
    }

    @Test func `the network sees grey levels as transformers shows them`() throws {
        for (levels, expected) in zip(CropPreprocessing().input.levels.chunked(256), try ProcessingFixture.read().levels) {
            #expect(levels == expected)
        }
    }

    @Test func `a box outside the picture is black`() throws {
        let image = Image(width: 20, height: 20, grey: 200)
        for box in [BoundingBox(x: 500, y: 0, width: 10, height: 10), BoundingBox(x: 0, y: -1e30, width: 10, height: 10)] {
            #expect(try #require(crop(image, box, width: 6, height: 8)).allSatisfy { $0 == 0 })
        }
    }

    @Test(
        arguments: [
            (0, 0, 0, 5), (0, 0, 5, 0), (3, 3, -2, 4), (3, 3, 4, -2), (.nan, 0, 5, 5), (0, 0, .nan, 5), (0, 0, .infinity, 5),
            (.infinity, 0, 5, 5), (0, 0, 3e38, 3e38), (0, 0, .leastNonzeroMagnitude, .leastNonzeroMagnitude),
        ] as [(Float, Float, Float, Float)])
    func `a box without area or with a number out of range has no crop`(x: Float, y: Float, width: Float, height: Float) {
        #expect(PersonCrop(BoundingBox(x: x, y: y, width: width, height: height), inputWidth: 6, inputHeight: 8) == nil)
    }
}

extension Array {
    fileprivate func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
