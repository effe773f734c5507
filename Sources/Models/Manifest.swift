import Basics
import FoundationEssentials

/// Every model that posed knows, shipped or not: `weights/manifest.json`.
package struct Manifest: Codable, Sendable, Equatable {
    package var models: [Model]

    package enum Kind: String, Codable, Sendable {
        case pose
        case detector
    }

    package struct Model: Codable, Sendable, Equatable {
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
        /// Precisions beside fp32 that were shown to be as accurate with it (docs/performance.md), the fastest first: by the form of the
        /// loops, and under `any` for those that are not named.
        package let precisions: [String: [String]]?
        package let files: [File]
    }

    package struct File: Codable, Sendable, Equatable {
        package let name: String
        package let url: String?
        /// Bytes; nil if unknown.
        package let size: Int?
        /// 64 hexadecimal digits; nil if unknown.
        package let sha256: String?
    }

    static let fileName = "manifest.json"
    static let anyKernels = "any"

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
