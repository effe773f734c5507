import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct ScoreCalibrationTests {
    private static let some = [(0.5, -2.0), (1, 0.7), (1.6, 0.3), (1e-300, 1e300), (1e300, -1e300)].map(ScoreCalibration.init)

    @Test(arguments: some) func `scores stay between 0 and 1, in their order`(calibration: ScoreCalibration) {
        let scores: [Float] = [-1, 0, .leastNonzeroMagnitude, 0.001, 0.1, 0.3, 0.5, 0.9, 0.999, 1, 2]
        for change in [calibration.calibrated, calibration.raw] {
            let changed = scores.map(change)
            #expect(changed.allSatisfy { 0...1 ~= $0 } && changed == changed.sorted(), "\(changed)")
        }
    }

    @Test func `odds are multiplied and raised, and the way back is found`() {
        let calibration = ScoreCalibration(scale: 2, shift: log(3))
        #expect(abs(calibration.calibrated(0.5) - 0.75) < 1e-6)
        #expect(abs(calibration.calibrated(0.75) - 27 / 28) < 1e-6)
        for calibration in Self.some.prefix(3) {
            for score: Float in [0, 0.01, 0.1, 0.3, 0.77, 0.98, 1] {
                #expect(abs(calibration.raw(calibration.calibrated(score)) - score) < 3e-4)
            }
        }
    }

    @Test func `the reference's scores stay what they are, to the bit`() {
        for score: Float in [0, .leastNonzeroMagnitude, 0.1, 0.3, 0.999_999_9, 1] {
            #expect(ScoreCalibration.none.calibrated(score) == score && ScoreCalibration.none.raw(score) == score)
        }
    }

    @Test(arguments: [
        #"{"scale": 0, "shift": 0}"#, #"{"scale": -1, "shift": 0}"#, #"{"scale": 1e999, "shift": 0}"#,
        #"{"scale": 1, "shift": -1e999}"#, #"{"scale": 1, "shift": NaN}"#, #"{"scale": "1", "shift": 0}"#, #"{"scale": 1}"#, "{}",
        "3",
        "[1, 0]",
    ])
    func `a manifest with one that cannot be is refused in one line`(calibration: String) throws {
        let error = #expect(throws: ModelError.self) { try ModelStore(decoding: manifest(calibration)) }
        let complaint = error?.description ?? ""
        #expect(complaint.contains("manifest.json is not") && !complaint.contains("\n") && complaint.count < 300, "\(complaint)")
    }

    @Test func `weights are known by their checksum wherever they lie, else by the id`() throws {
        let known = try ModelStore(decoding: manifest(#"{"scale": 2, "shift": 0.5}"#, sum: #""sha256": "ab", "#))
        let calibration = ScoreCalibration(scale: 2, shift: 0.5)
        #expect(known.calibration(of: "/elsewhere/boxer", sha256: "ab") == calibration)
        #expect(known.calibration(of: "boxer", sha256: "cd") == .none)
        #expect(known.calibration(of: "boxer", sha256: nil) == .none)
        let unknown = try ModelStore(decoding: manifest(#"{"scale": 2, "shift": 0.5}"#))
        #expect(unknown.calibration(of: "boxer", sha256: "cd") == calibration)
        #expect(unknown.calibration(of: "/elsewhere/boxer", sha256: nil) == .none)
        #expect(try ModelStore(decoding: manifest("null")).calibration(of: "boxer", sha256: "cd") == .none)
    }

    @Test func `pipelines know their detector's, by its name and by its place`() throws {
        let weights = repositoryRoot.appending(path: "weights")
        let store = try ModelStore(folders: [weights])
        let manifest = Dictionary(uniqueKeysWithValues: store.manifest.models.map { ($0.id, $0) })
        #expect(manifest["yolox-nano"]?.calibration == ScoreCalibration.none)
        let own = manifest[ModelStore.defaultDetector]?.calibration ?? .none
        let pool = NetworkPool(store)
        var names = NetworkNames()
        #expect(try pool.networks(names).calibration == own)
        #expect(try pool.networks(names, detects: false).calibration == .none)
        names.detector = weights.appending(path: names.detector).path
        #expect(try pool.networks(names).calibration == own)
    }

    private func manifest(_ calibration: String, sum: String = "") -> Data {
        Data(
            """
            {"models": [{"id": "boxer", "kind": "detector", "shipped": false, "licence": "Apache-2.0", "origin": "",
              "calibration": \(calibration), "files": [{\(sum)"name": "boxer.onnx"}]}]}
            """.utf8)
    }
}

extension ModelStore {
    fileprivate init(decoding manifest: Data) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "posed-calibration-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try manifest.write(to: folder.appending(path: "manifest.json"))
        try self.init(folders: [folder])
    }
}
