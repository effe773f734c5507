import Basics
import FoundationEssentials
import Glibc
import PoseTypes

/// One input and where its results go.
package struct FileJob: Sendable, Equatable {
    /// Where the picture of the poses goes.
    package enum Overlay: Sendable, Equatable {
        case file(String)
        /// A file in this folder, named after the input: `.overlay.mp4` for a video, `.overlay.png` for a picture.
        case folder(String)
    }

    package var input: String
    /// A path, or "-" for standard output.
    package var records: String
    package var overlay: Overlay?

    package init(input: String, records: String, overlay: Overlay? = nil) {
        self.input = input
        self.records = records
        self.overlay = overlay
    }

    /// Where the overlay goes, once it is known what the input is.
    func overlayPath(isPicture: Bool) throws(PosedError) -> String? {
        switch overlay {
        case nil: return nil
        case .folder(let folder): return "\(folder)/\(lastComponent(input)).overlay.\(isPicture ? "png" : "mp4")"
        case .file(let path):
            let allowed = isPicture ? ["png", "jpg", "jpeg"] : ["mp4"]
            guard allowed.contains(URL(filePath: path).pathExtension.lowercased()) else {
                let kind = isPicture ? "picture" : "video"
                throw PosedError(.usage, "\(input) is a \(kind): the name of its overlay ends in .\(allowed[0]), unlike \(path)")
            }
            return path
        }
    }
}

extension FileJob {
    /// Decides where the results of several inputs go, so that no two go to one place and no input is overwritten. Makes
    /// the folders that are missing.
    ///
    /// - Parameters:
    ///   - out: a file, a folder, "-" for standard output, or nil for a file beside each input.
    ///   - overlay: a file or a folder.
    ///   - kept: further files that must not be overwritten.
    package static func plan(
        inputs: [String], out: String?, overlay: String?, keeping kept: [String] = []
    ) throws(PosedError) -> [FileJob] {
        let several = inputs.count > 1
        if several, out == "-" {
            throw PosedError(.usage, "the records of several inputs do not fit on standard output: name a folder with --out")
        }
        if overlay == "-" {
            throw PosedError(.usage, "an overlay cannot go to standard output: name a file with --overlay")
        }
        let recordFolder = try folder(out, option: "--out", needed: several)
        let overlayFolder = try folder(overlay, option: "--overlay", needed: several)
        var jobs: [FileJob] = []
        for input in inputs {
            var job = FileJob(input: input, records: out ?? trimmed(input) + ".poses.jsonl")
            if let recordFolder {
                job.records = "\(recordFolder)/\(lastComponent(input)).poses.jsonl"
            } else if out == nil, input.contains("://") || input.hasPrefix("/dev/") {
                let kind = input.contains("://") ? "an address" : "no file"
                throw PosedError(.usage, "\(input) is \(kind): name a file for its records with --out")
            }
            job.overlay = overlayFolder.map(Overlay.folder) ?? overlay.map(Overlay.file)
            jobs.append(job)
        }
        try check(jobs, keeping: inputs + kept)
        for folder in [recordFolder, overlayFolder].compactMap(\.self) { try make(folder: folder) }
        return jobs
    }

    /// The folder that an option names; nil if it names a file or nothing.
    private static func folder(_ path: String?, option: String, needed: Bool) throws(PosedError) -> String? {
        guard let path, path != "-" else { return nil }
        if isFolder(path) || path.hasSuffix("/") { return trimmed(path) }
        guard needed else { return nil }
        let exists = FileManager.default.fileExists(atPath: path)
        // A missing folder is made, but `poses.jsonl` never means a folder.
        if exists || ["jsonl", "json", "mp4", "png", "jpg", "jpeg"].contains(URL(filePath: path).pathExtension.lowercased()) {
            throw PosedError(.usage, "\(option) \(path) is one file for several inputs: name a folder")
        }
        return path
    }

    static func make(folder: String) throws(PosedError) {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw PosedError(.cannotCreate, "cannot make the folder \(folder): \(reason(of: error))")
        }
    }

    /// Throws if an output is an input or another output.
    static func check(_ jobs: [FileJob], keeping inputs: [String]) throws(PosedError) {
        let kept = Set(inputs.compactMap(place))
        var taken: Set<Place> = []
        for job in jobs {
            for output in job.outputs {
                guard let place = place(of: output) else { continue }
                if kept.contains(place) { throw PosedError(.usage, "\(output) is an input: it would be overwritten") }
                guard taken.insert(place).inserted else {
                    throw PosedError(.usage, "two results would go to \(output): process them apart, or rename an input")
                }
            }
        }
    }

    /// Every file that may be written.
    private var outputs: [String] {
        switch overlay {
        case nil: [records]
        case .file(let path): [records, path]
        case .folder(let folder): [records] + ["mp4", "png"].map { "\(folder)/\(lastComponent(input)).overlay.\($0)" }
        }
    }
}

/// What makes two paths the same file.
private enum Place: Hashable {
    case existing(device: dev_t, number: ino_t)
    case missing(folder: String, name: String)
}

/// Nil for what any number of results can go to: standard output, devices.
private func place(of path: String) -> Place? {
    guard path != "-" else { return nil }
    var status = stat()
    if path.withPath({ stat($0, &status) }) == 0 {
        return status.st_mode & S_IFMT == S_IFCHR ? nil : .existing(device: status.st_dev, number: status.st_ino)
    }
    let url = URL(filePath: path)
    return .missing(folder: url.deletingLastPathComponent().resolvingSymlinksInPath().path, name: url.lastPathComponent)
}

/// Without slashes at its end.
private func trimmed(_ path: String) -> String {
    let end = path.lastIndex { $0 != "/" }
    return end.map { String(path[...$0]) } ?? path
}

private func lastComponent(_ path: String) -> String { String(trimmed(path).split(separator: "/").last ?? "input") }
