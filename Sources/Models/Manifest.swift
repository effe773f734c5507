import Basics
import FoundationEssentials

/// Every model that posed knows, shipped or not: `weights/manifest.json`.
package struct Manifest: Decodable, Sendable, Equatable {
    package var models: [Model]

    package enum Kind: String, Decodable, Sendable {
        case pose
        case detector
    }

    package struct Model: Decodable, Sendable, Equatable {
        package let id: String
        package let kind: Kind
        /// Whether the files lie beside the manifest.
        package let shipped: Bool
        /// SPDX.
        package let licence: String
        /// The page that tells where the model comes from, or who made it.
        package let origin: String
        /// What a user has to know before choosing it.
        package let note: String?
        /// Precisions beside fp32 that were shown to be as accurate with it (docs/performance.md), the fastest first.
        package let precisions: [String]?
        /// What its authors publish, where they do: millions of parameters, billions of floating-point operations (as they count them) for an
        /// input of height x width pixels, and AP of COCO val2017 in percent: of boxes, or of keypoints with a detector's boxes.
        package private(set) var parameters: Double?
        package private(set) var gflop: Double?
        package private(set) var input: String?
        package private(set) var ap: Double?
        /// Of a detector's scores; nil where nobody found it yet.
        package private(set) var calibration: ScoreCalibration?
        package let files: [File]

        /// The same in one line; nil where nothing is published.
        package var published: String? {
            func text(_ number: Double) -> String {
                let text = "\(number)"
                return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
            }
            let parts = [
                parameters.map { "\(text($0)) M parameters" }, gflop.map { "\(text($0)) GFLOP" }, input,
                ap.map { "AP \(text($0))" },
            ].compactMap { $0 }
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        }
    }

    package struct File: Decodable, Sendable, Equatable {
        package let name: String
        package let url: String?
        /// Bytes; nil if unknown.
        package let size: Int?
        /// 64 hexadecimal digits; nil if unknown.
        package let sha256: String?
    }

    static let fileName = "manifest.json"

    init(models: [Model]) { self.models = models }

    init(contentsOf file: URL) throws(ModelError) {
        let data: Data
        do { data = try contents(ofFile: file.path, atMost: 1 << 20) } catch {
            throw ModelError(.damaged, "cannot read the model manifest \(file.path): \(error)")
        }
        do { self = try JSONDecoder().decode(Manifest.self, from: data) } catch {
            throw ModelError(.damaged, "the model manifest \(file.path) is not what it should be: \(explain(error))")
        }
    }
}
