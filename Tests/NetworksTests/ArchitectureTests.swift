import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Networks

@Suite struct ArchitectureTests {
    private let weights = repositoryRoot.appending(path: "weights")

    @Test func `models say which loader they need`() throws {
        let detector = try loadDetector(weights.appending(path: "person-nano"))
        #expect(try detector.people(in: Image(width: 64, height: 64, grey: 90), threshold: 0.3).isEmpty)
        let estimator = try loadEstimator(weights.appending(path: "vitpose-tiny"))
        #expect(estimator.skeleton.joints.count == 17)
    }

    @Test(arguments: [
        (
            #"{"architecture": "unheard"}"#,
            "a detector of the architecture unheard is not known; posed knows an ONNX file, d_fine, deimv2, rt_detr, rt_detr_v2, yolox"
        ),
        (#"{"model_type": "rt_detr_v9"}"#, "of the architecture rt_detr_v9"), ("{}", "names no architecture"),
        (#"{"architecture": 5}"#, "architecture is not of the right kind"), ("no JSON", "is not JSON"),
    ])
    func `others are named`(configuration: String, hint: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(configuration.utf8).write(to: folder.appending(path: "config.json"))
        let error = #expect(throws: NetworkError.self) { try loadDetector(folder) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }

    @Test func `a detector is no pose network, and the other way round`() {
        for error in [
            #expect(throws: NetworkError.self) { try loadEstimator(weights.appending(path: "person-nano")) },
            #expect(throws: NetworkError.self) { try loadDetector(weights.appending(path: "vitpose-tiny")) },
        ] { #expect(error?.description.contains("is not known; posed knows") == true, "\(String(describing: error))") }
    }
}
