import Foundation
import PoseTypes
import Testing

@testable import Networks

@Suite struct CropPreprocessingTests {
    private func read(_ json: String) throws -> CropPreprocessing {
        let file = FileManager.default.temporaryDirectory.appending(path: "posed-\(UUID()).json")
        try Data(json.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try CropPreprocessing(contentsOf: file)
    }

    @Test func `absent keys have the defaults of transformers`() throws {
        #expect(try read("{}") == CropPreprocessing())
    }

    @Test func `size, mean and deviation are those of the file`() throws {
        let found = try read(#"{"size": {"height": 128, "width": 96}, "image_mean": [0, 0, 0.5], "image_std": [1, 1, 2]}"#)
        #expect((found.input.size.height, found.input.size.width) == (128, 96))
        #expect(found.input.levels[255] == 1 && found.input.levels[512] == -0.25)
    }

    @Test func `what is switched off is left out`() throws {
        #expect(try read(#"{"do_rescale": false, "do_normalize": false}"#).input.levels[768 - 1] == 255)
        #expect(try read(#"{"do_normalize": false}"#).input.levels[255] == 1)
    }

    @Test func `older codes' decoding and crops are asked for by two keys`() throws {
        let found = try read(#"{"decode": "shift", "affine": "classic"}"#)
        #expect(found.refinement == .shift && found.affine == .classic)
    }

    @Test func `sigma holds a factor and a floor for each keypoint`() throws {
        let found = try #require(try read(#"{"sigma": {"factor": [1.5, 2], "floor": [0, 0.01]}}"#).sigma)
        let crop = try #require(PersonCrop(BoundingBox(x: 0, y: 0, width: 240, height: 320), inputWidth: 192, inputHeight: 256))
        #expect(found.sigma(4, of: 0, crop: crop) == 6)
        #expect(abs(found.sigma(1.5, of: 1, crop: crop) - 5) < 1e-5, "the crop is 400 high")
    }

    @Test(arguments: [
        ("{", "not JSON"), (#"{"size": {"height": 128}}"#, "size.width"), (#"{"image_mean": 3}"#, "image_mean"),
        (#"{"image_std": [1, 0, 1]}"#, "image_std"), (#"{"size": {"height": 0, "width": 9}}"#, "9x0"),
        (#"{"decode": "argmax"}"#, "decode is not one that posed knows: it is dark or shift"), (#"{"affine": 3}"#, "affine"),
        (#"{"sigma": {"factor": [1], "floor": [0, 0]}}"#, "for each keypoint"),
        (#"{"sigma": {"factor": [-1], "floor": [0]}}"#, "factor"),
        (#"{"do_affine_transform": false}"#, "do_affine_transform"), (#"{"normalize_factor": 100}"#, "normalize_factor"),
    ])
    func `a file that cannot be meant is refused`(json: String, hint: String) {
        let error = #expect(throws: NetworkError.self) { try read(json) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }
}
