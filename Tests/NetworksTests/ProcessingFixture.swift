import Foundation
import PoseTypes
import TestSupport

/// What the reference implementations found (make_processing.py).
struct ProcessingFixture: Decodable {
    struct Crop: Decodable {
        let width, height, inputWidth, inputHeight: Int
        let box: [Float]
    }

    struct Decoding: Decodable {
        let count, width, height: Int
        let box: [Float]
        let keypoints: [[Float]]
    }

    struct Letterboxed: Decodable {
        let width, height, inputWidth, inputHeight: Int
        let factor: Double
    }

    struct Suppression: Decodable {
        let inputWidth, inputHeight, classes: Int
        let factor: Double
        let threshold: Float
        let detections: [[Float]]
    }

    struct Tiny: Decodable {
        let weight, depthwise, bias: [Float]
    }

    let crops: [Crop]
    let levels: [[Float]]
    let decoding: [Decoding]
    let shifted: [Decoding]
    let letterboxes: [Letterboxed]
    let suppression: Suppression
    let onnx: Tiny

    static func read() throws -> ProcessingFixture {
        try JSONDecoder().decode(ProcessingFixture.self, from: Data(contentsOf: fixture("processing/manifest.json")))
    }

    static func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: fixture("processing/\(name)"))) }

    static func floats(_ name: String) throws -> [Float] {
        try Data(contentsOf: fixture("processing/\(name)")).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }
}

extension BoundingBox {
    init(_ values: [Float]) { self.init(x: values[0], y: values[1], width: values[2], height: values[3]) }
}

extension Image {
    /// The picture that make_processing.py makes, too.
    static func synthetic(width: Int, height: Int) -> Image {
        var image = Image(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 { image.pixels[(y * width + x) * 3 + c] = UInt8(((x * 37 + y * 91 + c * 53) ^ (x * y)) & 255) }
            }
        }
        return image
    }
}
