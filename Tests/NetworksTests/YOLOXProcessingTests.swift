import PoseTypes
import Testing

@testable import Networks

@Suite struct InputShapeTests {
    private let square = InputShape(width: 416, height: 416, followsPicture: true)

    @Test(arguments: [
        (416, 416, 416, 416), (1920, 1080, 544, 320), (1080, 1920, 320, 544), (640, 480, 480, 352), (640, 427, 512, 352),
        // Thinner than the input is long; only as far as the picture reaches.
        (65_535, 1, 5408, 32), (1, 65_535, 32, 5408), (1, 3, 256, 736), (1, 1, 416, 416),
    ])
    func `an input follows the picture's shape`(width: Int, height: Int, across: Int, down: Int) {
        #expect(square.size(forWidth: width, height: height) == (across, down))
    }

    @Test func `its area stays, up to rounding`() {
        for width in stride(from: 300, through: 1000, by: 7) {
            let size = square.size(forWidth: width, height: 500)
            #expect((0.85...1.12).contains(Double(size.width * size.height) / (416 * 416)), "\(width)x500")
        }
    }

    @Test func `a fixed input stays as it is`() {
        #expect(InputShape(width: 416, height: 384, followsPicture: false).size(forWidth: 1920, height: 1080) == (416, 384))
    }
}

@Suite struct LetterboxTests {
    @Test func `letterboxed pictures are those of OpenCV`() throws {
        let expected = try ProcessingFixture.bytes("letterboxes.bin")
        var start = 0
        for test in try ProcessingFixture.read().letterboxes {
            var letterbox = Letterbox(width: test.inputWidth, height: test.inputHeight)
            var found = [Float](repeating: -1, count: 3 * test.inputWidth * test.inputHeight)
            let factor = found.withUnsafeMutableBufferPointer {
                letterbox.fill(.synthetic(width: test.width, height: test.height), into: $0.baseAddress!)
            }
            #expect(factor == test.factor)
            #expect(found == expected[start..<start + found.count].map { Float($0) }, "\(test)")
            start += found.count
        }
        #expect(start == expected.count)
    }

    @Test func `pictures of changing sizes leave no trace of one another`() {
        var letterbox = Letterbox(width: 32, height: 32)
        var planes = [Float](repeating: 0, count: 3 * 32 * 32)
        planes.withUnsafeMutableBufferPointer { planes in
            _ = letterbox.fill(Image(width: 100, height: 100, grey: 7), into: planes.baseAddress!)
            _ = letterbox.fill(Image(width: 4000, height: 1, grey: 9), into: planes.baseAddress!)
        }
        #expect(planes.prefix(32).allSatisfy { $0 == 9 })
        #expect(planes[32..<1024].allSatisfy { $0 == 114 })
    }
}

@Suite struct BoxDecodingTests {
    @Test func `decoded and suppressed boxes are the reference's`() throws {
        let test = try ProcessingFixture.read().suppression
        let outputs = try ProcessingFixture.floats("outputs.bin")
        let decoding = BoxDecoding(width: test.inputWidth, height: test.inputHeight)
        try #require(outputs.count == decoding.cells * (5 + test.classes))
        let found = nonMaximumSuppression(
            outputs.withUnsafeBufferPointer {
                decoding.boxes(
                    in: $0, of: [0], classes: (0..<test.classes).map { "\($0)" }, threshold: test.threshold, factor: test.factor)
            })
        try #require(found.count == test.detections.count)
        for (detection, expected) in zip(found, test.detections) {
            let box = detection.box
            for (value, number) in zip([box.x, box.y, box.width, box.height], expected) { #expect(abs(value - number) < 1e-3) }
            #expect(abs(detection.score - expected[4]) < 1e-6)
        }
    }

    @Test func `cells that overflow or say nothing are left out`() {
        let decoding = BoxDecoding(width: 32, height: 32)
        var outputs = [Float](repeating: 0, count: decoding.cells * 6)
        let cells: [[Float]] = [
            [0, 0, 0, 0, 1, 1], [0, 0, 1000, 0, 1, 1], [0, 0, -1000, 0, 1, 1], [.nan, 0, 0, 0, 1, 1], [0, 0, 0, 0, .nan, 1],
            [0, 0, 0, 0, 0.5, 0.5],
        ]
        for (cell, values) in cells.enumerated() { outputs.replaceSubrange(cell * 6..<cell * 6 + 6, with: values) }
        let found = outputs.withUnsafeBufferPointer {
            decoding.boxes(in: $0, of: [0], classes: ["person"], threshold: 0.3, factor: 2)
        }
        #expect(found == [Detection(box: BoundingBox(x: -2, y: -2, width: 4, height: 4), score: 1)])
    }

    @Test(
        arguments: [([0], ["person"]), ([1, 2], ["dog", "cat"]), ([0, 1, 2], ["dog", "person"]), ([], [])] as [([Int], [String])])
    func `a cell is the best of the wanted classes`(wanted: [Int], found: [String]) {
        let decoding = BoxDecoding(width: 32, height: 32)
        var outputs = [Float](repeating: 0, count: decoding.cells * 8)
        outputs.replaceSubrange(0..<16, with: [0, 0, 0, 0, 1, 0.5, 0.9, 0.4, 0, 0, 0, 0, 1, 0.8, 0.1, 0.4])
        let detections = outputs.withUnsafeBufferPointer {
            decoding.boxes(in: $0, of: wanted, classes: ["person", "dog", "cat"], threshold: 0.3, factor: 1)
        }
        #expect(detections.map(\.category) == (wanted == [0] ? ["person", "person"] : found))
    }
}

@Suite struct NonMaximumSuppressionTests {
    @Test func `equal scores keep their order, touching boxes both stay`() {
        let boxes: [Float] = [0, 10, 0.5, 100]
        let found = nonMaximumSuppression(
            boxes.map { Detection(box: BoundingBox(x: $0, y: 0, width: 10, height: 10), score: 0.5) })
        #expect(found.map(\.box.x) == [0, 10, 100])
    }

    @Test func `a box suppresses those of its class`() {
        let box = BoundingBox(x: 0, y: 0, width: 10, height: 10)
        let found = nonMaximumSuppression(
            [(0.5, "dog"), (0.9, "person"), (0.8, "dog")].map { Detection(box: box, score: $0, category: $1) })
        #expect(found.map(\.category) == ["person", "dog"] && found.map(\.score) == [0.9, 0.8])
    }
}
