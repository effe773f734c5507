import Files
import Foundation

/// Every model that posed knows, shipped or not: `weights/manifest.json`.
public struct Manifest: Codable, Sendable, Equatable {
    public var models: [Model]

    public enum Kind: String, Codable, Sendable {
        case pose
        case detector
    }

    public struct Model: Codable, Sendable, Equatable {
        public let id: String
        public let kind: Kind
        /// Whether the files lie beside the manifest.
        public let shipped: Bool
        /// SPDX.
        public let licence: String
        /// The page that tells where the model comes from, or who made it.
        public let origin: String
        /// What a user has to know before choosing it.
        public let note: String?
        public let files: [File]
    }

    public struct File: Codable, Sendable, Equatable {
        public let name: String
        public let url: String?
        /// Bytes; nil where nobody measured it.
        public let size: Int?
        /// 64 hexadecimal digits; nil where nobody measured it.
        public let sha256: String?
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
