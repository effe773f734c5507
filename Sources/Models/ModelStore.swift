import Basics
import FoundationEssentials

/// Finds models by id, folder or file.
///
/// Ids are looked up in `POSED_WEIGHTS`, then where models are pulled to, then in `<prefix>/share/posed/weights` of the installed
/// program, then in the checkout that holds the program; never in the working directory, where a stray folder would change the results.
package struct ModelStore: Sendable {
    package static let defaultPose = "vitpose-tiny"
    package static let defaultDetector = "person-nano"

    /// Where models may lie, in the order of search.
    package let folders: [URL]
    /// What the folders' manifests know; the first one that names an id has the say.
    package let manifest: Manifest

    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, executable: URL = Self.runningExecutable
    ) throws(ModelError) {
        var folders: [URL] = []
        if let folder = environment["POSED_WEIGHTS"], !folder.isEmpty {
            guard isFolder(folder) else {
                throw ModelError(.missing, "POSED_WEIGHTS is \(folder), which is not a folder")
            }
            folders.append(URL(filePath: folder))
        }
        folders += (Self.pulled(environment) + ["/var/lib/posed/weights"]).map { URL(filePath: $0) }
        let program = executable.resolvingSymlinksInPath()
        let place = program.deletingLastPathComponent()
        folders.append(place.deletingLastPathComponent().appending(path: "share/posed/weights"))
        folders += Self.ancestors(of: place).map { $0.appending(path: "weights") }
            .filter { FileManager.default.fileExists(atPath: $0.appending(path: Manifest.fileName).path) }.prefix(1)
        try self.init(folders: folders)
    }

    /// Where models are pulled to: by the service, and by the user; either finds what the other has.
    static func pulled(_ environment: [String: String]) -> [String] {
        func folder(_ name: String, _ path: String) -> String? {
            // systemd names several with colons between them; what is not absolute does not count (XDG's own rule).
            guard let place = environment[name]?.split(separator: ":").first, place.hasPrefix("/") else { return nil }
            return place + path
        }
        let service = folder("STATE_DIRECTORY", "/weights")
        let user = folder("XDG_DATA_HOME", "/posed/weights") ?? folder("HOME", "/.local/share/posed/weights")
        return [service, user].compactMap(\.self)
    }

    init(folders: [URL]) throws(ModelError) {
        self.folders = folders.filter { isFolder($0.path) }
        var models: [Manifest.Model] = []
        for folder in self.folders {
            let file = folder.appending(path: Manifest.fileName)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            for model in try Manifest(contentsOf: file).models where !models.contains(where: { $0.id == model.id }) {
                models.append(model)
            }
        }
        manifest = Manifest(models: models)
    }

    /// A model's folder, or its file where it is one file.
    ///
    /// `name` is an id of the manifest, the name of a folder or file beside the models, or a path.
    package func location(of name: String, _ kind: Manifest.Kind) throws(ModelError) -> URL {
        if let model = manifest.models.first(where: { $0.id == name }) {
            guard model.kind == kind else {
                throw ModelError(.missing, "\(name) is a model of the kind \(model.kind.rawValue), not \(kind.rawValue)")
            }
            guard let location = location(of: model) else { throw absent(model) }
            return location
        }
        if !name.isEmpty, !name.contains("/"), name != ".", name != ".." {
            for folder in folders where FileManager.default.fileExists(atPath: folder.appending(path: name).path) {
                return folder.appending(path: name)
            }
        }
        guard !name.isEmpty, FileManager.default.fileExists(atPath: name) else {
            let ids = manifest.models.filter { $0.kind == kind }.map(\.id).joined(separator: ", ")
            throw ModelError(
                .missing,
                "no \(kind.rawValue) model \(name): it is neither a folder, a file nor one of \(ids.isEmpty ? "none" : ids)")
        }
        return URL(filePath: name)
    }

    /// Where a known model lies with all its files, if it does: in a folder of its id's name; a single file may also lie beside
    /// the models.
    func location(of model: Manifest.Model) -> URL? {
        for folder in folders {
            let own = folder.appending(path: model.id)
            if model.files.allSatisfy({ FileManager.default.fileExists(atPath: own.appending(path: $0.name).path) }) {
                return model.files.count == 1 ? own.appending(path: model.files[0].name) : own
            }
            guard model.files.count == 1 else { continue }
            let file = folder.appending(path: model.files[0].name)
            if FileManager.default.fileExists(atPath: file.path) { return file }
        }
        return nil
    }

    private func absent(_ model: Manifest.Model) -> ModelError {
        let names = model.files.map(\.name).joined(separator: ", ")
        if model.shipped {
            let places = folders.map(\.path).joined(separator: ", ")
            return ModelError(
                .missing, "\(model.id) is not here (\(names); looked in \(places)): set POSED_WEIGHTS to the folder that holds it"
            )
        }
        let option = model.kind == .pose ? "--pose DIR" : model.files.count == 1 ? "--detector FILE" : "--detector DIR"
        return ModelError(
            .missing,
            model.files.contains { $0.url == nil }
                ? "\(model.id) is not here: see \(model.origin), and name it with \(option)"
                : "\(model.id) is not here: `posed models pull \(model.id)` fetches it")
    }

    /// The real path of the program that runs.
    package static var runningExecutable: URL { URL(filePath: "/proc/self/exe").resolvingSymlinksInPath() }

    private static func ancestors(of folder: URL) -> [URL] {
        var folders = [folder]
        while let last = folders.last, last.path != "/" { folders.append(last.deletingLastPathComponent()) }
        return folders
    }
}
