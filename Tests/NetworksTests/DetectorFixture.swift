import Foundation
import TestSupport

/// What transformers found (make_detectors.py).
struct DetectorFixture: Decodable {
    struct Case: Decodable, Sendable, CustomStringConvertible {
        let folder: String
        let height, width: Int
        let threshold: Float
        let pictureWidth, pictureHeight: Int
        /// Left, top, right, bottom, score.
        let detections: [[Float]]

        var description: String { folder }
    }

    struct Pictures: Decodable {
        struct Case: Decodable { let width, height, inputWidth, inputHeight: Int }
        let cases: [Case]
        /// Of a pixel whose levels are 0, 53 and 106.
        let normalised: [Float]
    }

    let rtdetr: [Case]
    let pictures: Pictures

    static func read() throws -> DetectorFixture {
        try JSONDecoder().decode(DetectorFixture.self, from: Data(contentsOf: fixture("detectors/manifest.json")))
    }

    static let cases: [Case] = {
        do { return try read().rtdetr } catch { fatalError("Tests/Fixtures/detectors/manifest.json: \(error)") }
    }()
}
