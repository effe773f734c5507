import Basics
import FoundationEssentials

extension ModelStore {
    /// What a pulled model's files were when they came, as `sha256sum` writes it.
    static let checksums = "SHA256SUMS"

    /// What a look at a known model's files told.
    package enum Verification: Sendable, Equatable {
        /// Not here, and not shipped.
        case absent
        /// Every file has the size and the checksum of the manifest.
        case whole(URL)
        /// Neither the manifest nor what was pulled has a checksum for these files; the rest is right.
        case unknown(URL, files: [String])
        /// What is wrong, file by file.
        case damaged([String])
    }

    /// Compares the files of a model with the manifest, and with what they were when they were pulled.
    package func verify(_ model: Manifest.Model) -> Verification {
        guard let location = location(of: model) else {
            return model.shipped ? .damaged(["its files are missing"]) : .absent
        }
        let folder = model.files.count == 1 ? location.deletingLastPathComponent() : location
        let pulled = checksums(in: folder)
        var complaints: [String] = []
        var unknown: [String] = []
        for file in model.files {
            let path = model.files.count == 1 ? location : location.appending(path: file.name)
            guard let data = try? Data(contentsOf: path, options: .mappedIfSafe) else {
                complaints.append("\(path.path) cannot be read")
                continue
            }
            if let size = file.size, data.count != size {
                complaints.append("\(path.path) has \(data.count) bytes instead of \(size)")
            } else if let sha256 = file.sha256 ?? pulled[file.name] {
                let found = SHA256.digest(of: data)
                if found != sha256 { complaints.append("\(path.path) has the SHA-256 \(found) instead of \(sha256)") }
            } else {
                unknown.append(file.name)
            }
        }
        if !complaints.isEmpty { return .damaged(complaints) }
        return unknown.isEmpty ? .whole(location) : .unknown(location, files: unknown)
    }

    private func checksums(in folder: URL) -> [String: String] {
        guard let text = try? contents(ofFile: folder.appending(path: Self.checksums).path, atMost: 1 << 16) else { return [:] }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
            $0.wholeMatch(of: /([0-9a-f]{64})  (.+)/)
        }
        return Dictionary(lines.map { (String($0.2), String($0.1)) }, uniquingKeysWith: { $1 })
    }

    /// The SHA-256 of a model's weights: what records name it by. `location` is what `location(of:_:)` found.
    package static func checksum(of location: URL) throws(ModelError) -> String {
        let file = isFolder(location.path) ? location.appending(path: "model.safetensors") : location
        do {
            return SHA256.digest(of: try Data(contentsOf: file, options: .mappedIfSafe))
        } catch {
            throw ModelError(.missing, "cannot read \(file.path)")
        }
    }
}
