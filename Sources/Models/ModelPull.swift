import Basics
import FoundationEssentials
import Glibc

/// Fetches known models into a folder, each into one of its own:
///
///     into/.vitpose-base.part/model.safetensors.part   what has come so far
///     into/.vitpose-base.part/config.json              whole, and what the manifest says
///     into/vitpose-base/                               all of it, and SHA256SUMS
///
/// The last step is a rename, so a model is here as a whole or not at all. A pull that ended before goes on where it was.
package struct ModelPull {
    private static let publisher = "https://huggingface.co"
    /// Bytes that a file may have of which the manifest does not know how many.
    private static let mostBytes = 16 << 30

    private let folder: URL
    private let mirror: String?
    private let endpoint: String
    private let token: Secret?
    private let patience: Int

    /// - Parameters:
    ///   - folder: by default that of the service where it calls (`STATE_DIRECTORY`), else the user's (`XDG_DATA_HOME`).
    ///   - mirror: a folder or an address below which a model's files lie in a folder of its name.
    ///   - environment: `HF_ENDPOINT` stands in for the models' publisher, which alone is told `HF_TOKEN`.
    ///   - patience: seconds without a byte after which a server is given up.
    package init(
        into folder: String? = nil, from mirror: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment, patience: Int = 60
    ) throws(ModelError) {
        guard let place = folder ?? ModelStore.pulled(environment).first else {
            throw ModelError(.missing, "there is no home folder to put models into: name a folder with --into")
        }
        self.folder = URL(filePath: place)
        self.mirror = try mirror.map(Self.address)
        endpoint = (environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.publisher).trimmingSlashes
        token = environment["HF_TOKEN"].flatMap { $0.isEmpty ? nil : Secret($0) }
        self.patience = patience
    }

    /// Where the model's folder is then.
    ///
    /// - Parameter progress: is told a file's name, how many of its bytes are there, and how many there will be, 0 for unknown.
    package func pull(_ model: Manifest.Model, progress: @escaping (String, Int, Int) -> Void) throws(ModelError) -> URL {
        guard !model.shipped else { throw ModelError(.missing, "\(model.id) comes with posed, and is not to be had elsewhere") }
        guard ([model.id] + model.files.map(\.name)).allSatisfy({ !$0.isEmpty && !$0.contains("/") && !$0.hasPrefix(".") }) else {
            throw ModelError(.damaged, "the manifest names files of \(model.id) that are no names of files")
        }
        let part = folder.appending(path: ".\(model.id).part")
        do { try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true) } catch {
            throw ModelError(.unwritable, "cannot create \(part.path): \(reason(of: error))")
        }
        let lock = try lock(part, for: model)
        defer { close(lock) }
        var sums = ""
        for file in model.files {
            let whole = part.appending(path: file.name)
            if !FileManager.default.fileExists(atPath: whole.path) { try fetch(file, of: model, to: whole, progress) }
            let sha256 = if let known = file.sha256 { known } else { try checksum(whole) }
            sums += "\(sha256)  \(file.name)\n"
        }
        let own = folder.appending(path: model.id)
        do {
            // What an earlier pull began and this one did not need.
            for name in try FileManager.default.contentsOfDirectory(atPath: part.path)
            where !model.files.contains(where: { $0.name == name }) {
                try FileManager.default.removeItem(at: part.appending(path: name))
            }
            try Data(sums.utf8).write(to: part.appending(path: ModelStore.checksums))
            // A model of that name is here already, and damaged.
            if FileManager.default.fileExists(atPath: own.path) { try FileManager.default.removeItem(at: own) }
            try FileManager.default.moveItem(at: part, to: own)
        } catch {
            throw ModelError(.unwritable, "cannot write \(own.path): \(reason(of: error))")
        }
        return own
    }

    /// Held until the descriptor is closed, which the end of the process does, too.
    private func lock(_ part: URL, for model: Manifest.Model) throws(ModelError) -> Int32 {
        let lock = open(part.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            if lock >= 0 { close(lock) }
            throw ModelError(.unwritable, "another process is pulling \(model.id): wait for it")
        }
        return lock
    }

    private func fetch(
        _ file: Manifest.File, of model: Manifest.Model, to whole: URL, _ progress: @escaping (String, Int, Int) -> Void
    ) throws(ModelError) {
        let part = whole.appendingPathExtension("part")
        let address = try address(of: file, in: model)
        let isPublished = address == endpoint || address.hasPrefix(endpoint + "/")
        let download = Download(
            address: address, token: isPublished ? token : nil, file: part, limit: file.size ?? Self.mostBytes,
            patience: patience,
            isChecked: file.sha256 != nil)
        do throws(Download.Problem) { try download.run { progress(file.name, $0, $1) } } catch {
            if case .tooLarge = error { try? FileManager.default.removeItem(at: part) }
            throw ModelError(error, at: redacted(uri: address), part, isPublished: isPublished)
        }
        do throws(ModelError) { try check(part, as: file, from: address) } catch {
            // What is wrong does not become right when it is continued.
            try? FileManager.default.removeItem(at: part)
            throw error
        }
        do { try FileManager.default.moveItem(at: part, to: whole) } catch {
            throw ModelError(.unwritable, "cannot write \(whole.path): \(reason(of: error))")
        }
        try? FileManager.default.removeItem(at: part.appendingPathExtension("etag"))
    }

    private func check(_ path: URL, as file: Manifest.File, from address: String) throws(ModelError) {
        let bytes = Download.size(of: path)
        if let size = file.size, bytes != size {
            throw ModelError(.damaged, "\(redacted(uri: address)) has \(bytes) bytes instead of \(size): it is another file")
        }
        guard let sha256 = file.sha256 else { return }
        let found = try checksum(path)
        guard found == sha256 else {
            throw ModelError(
                .damaged,
                "\(redacted(uri: address)) has the SHA-256 \(found) instead of \(sha256): it was damaged or is another file")
        }
    }

    private func checksum(_ path: URL) throws(ModelError) -> String {
        do { return SHA256.digest(of: try Data(contentsOf: path, options: .mappedIfSafe)) } catch {
            throw ModelError(.missing, "cannot read \(path.path)")
        }
    }

    private func address(of file: Manifest.File, in model: Manifest.Model) throws(ModelError) -> String {
        if let mirror { return "\(mirror)/\(percentEncoded(model.id))/\(percentEncoded(file.name))" }
        guard let url = file.url else {
            throw ModelError(.missing, "nobody publishes \(model.id) as posed reads it: see \(model.origin)")
        }
        return url.hasPrefix(Self.publisher + "/") ? endpoint + url.dropFirst(Self.publisher.count) : url
    }

    /// That of a mirror, which may be a folder.
    private static func address(_ mirror: String) throws(ModelError) -> String {
        let scheme = mirror.lowercased()
        if scheme.hasPrefix("http://") || scheme.hasPrefix("https://") { return mirror.trimmingSlashes }
        guard isFolder(mirror) else {
            throw ModelError(.missing, "--from \(redacted(uri: mirror)) is neither a folder nor an address of http or https")
        }
        let path = URL(filePath: mirror).absoluteURL.path.split(separator: "/")
        return "file:///" + path.map { percentEncoded(String($0)) }.joined(separator: "/")
    }
}

extension ModelError {
    fileprivate init(_ problem: Download.Problem, at address: String, _ file: URL, isPublished: Bool) {
        switch problem {
        case .status(let code) where [401, 403].contains(code) && isPublished:
            self.init(.unreachable, "\(address) is not for everybody (\(code)): set HF_TOKEN to a token that may read it")
        case .status(let code): self.init(.unreachable, "\(address) cannot be had: the server answers \(code)")
        case .unreachable(let words): self.init(.unreachable, "\(address) cannot be had: \(words)")
        case .endedEarly: self.init(.unreachable, "\(address) ended early: pull again, and it goes on from there")
        case .tooLarge: self.init(.damaged, "\(address) is larger than it may be: it is another file")
        case .cannotWrite(let words): self.init(.unwritable, "cannot write \(file.path): \(words)")
        }
    }
}

extension String {
    fileprivate var trimmingSlashes: String { String(reversed().drop { $0 == "/" }.reversed()) }
}
