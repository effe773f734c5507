import Basics
import FoundationEssentials
import Media
import Models
import PoseTypes
import PosedKit
import Settings

extension PipelineFile {
    /// Reads pipeline files, and all those (`.yaml`, `.yml`) of folders. A file may hold several pipelines, as documents of YAML.
    ///
    /// - Parameter store: where the networks must lie.
    /// - Returns: what is sound, in order; and everything that is wrong, none of which should be run with.
    package static func load(
        _ paths: [String], store: ModelStore, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> (pipelines: [PipelineFile], problems: [PipelineProblem]) {
        let read = read(paths, store: store, environment: environment, isCheck: false)
        return (read.pipelines, read.problems)
    }

    /// The same, and `notes`: what a person should know though it is no mistake. With `isCheck`, what the environment lacks
    /// (`${NAME}`, credentials) is among them, since it is the service's environment that counts; values that depend on it are
    /// left as they are written.
    package static func read(
        _ paths: [String], store: ModelStore, environment: [String: String] = ProcessInfo.processInfo.environment, isCheck: Bool
    ) -> (pipelines: [PipelineFile], problems: [PipelineProblem], notes: [PipelineProblem]) {
        var loader = PipelineLoader(store: store, environment: environment, isCheck: isCheck)
        for path in paths { loader.load(path) }
        return (loader.pipelines, loader.problems, loader.notes)
    }
}

/// Collects pipelines, each with the places that a message may have to name.
private struct PipelineLoader {
    let store: ModelStore
    let environment: [String: String]
    let isCheck: Bool
    private(set) var pipelines: [PipelineFile] = []
    private(set) var problems: [PipelineProblem] = []
    private(set) var notes: [PipelineProblem] = []
    /// Where what only one may have was given: names, devices and standard input, and the real paths of sinks.
    private var names: [String: String] = [:]
    private var inputs: [String: String] = [:]
    private var outputs: [String: String] = [:]

    init(store: ModelStore, environment: [String: String], isCheck: Bool) {
        self.store = store
        self.environment = environment
        self.isCheck = isCheck
    }

    mutating func load(_ path: String) {
        guard isFolder(path) else { return load(file: path) }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }
            if names.isEmpty { refuse(path, "holds no pipeline files: their names end in .yaml") }
            for name in names.sorted() {
                load(file: "\(path.hasSuffix("/") ? String(path.dropLast()) : path)/\(name)", patience: 0)
            }
        } catch {
            refuse(path, "cannot be read: \(reason(of: error))")
        }
    }

    /// - Parameter patience: seconds to wait for a pipe that a person named; one in a folder would hold up a reload.
    private mutating func load(file: String, patience: Double = 5) {
        guard let data = read(file, patience) else { return }
        guard let text = String(validating: data, as: UTF8.self) else { return refuse(file, "is not text in UTF-8") }
        // Editors on Windows begin a file with a mark of its byte order.
        let documents = YAMLDocuments(text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text)
        let reading = PipelineReading(file: file, environment: environment, isCheck: isCheck)
        let values = documents.roots.map { PipelineValue(name: "", node: $0, reading: reading) }
        for value in values where !value.isAbsent { add(value) }
        let found = reading.problems.sorted(by: isBefore)
        problems += found.prefix(Self.maxProblems)
        if found.count > Self.maxProblems { refuse(file, "and \(found.count - Self.maxProblems) more problems") }
        if let failure = documents.failure {
            let (line, column) = (failure.mark?.line, failure.mark?.column)
            problems.append(PipelineProblem(file: file, line: line, column: column, message: failure.message))
        } else if values.allSatisfy(\.isAbsent) {
            refuse(file, "holds no pipeline")
        }
        notes += reading.notes.sorted(by: isBefore)
    }

    /// The pipeline of one file.
    private static let maxProblems = 100

    private func isBefore(_ one: PipelineProblem, _ other: PipelineProblem) -> Bool {
        (one.line ?? 0, one.column ?? 0) < (other.line ?? 0, other.column ?? 0)
    }

    private mutating func read(_ file: String, _ patience: Double) -> Data? {
        do { return try contents(ofFile: file, atMost: Self.largest, patience: patience) } catch {
            refuse(
                file,
                error == .tooLarge(Self.largest) ? "is larger than 1 MiB, which no pipeline file is" : "cannot be read: \(error)")
        }
        return nil
    }

    private static let largest = 1 << 20

    private mutating func refuse(_ file: String, _ message: String) {
        problems.append(PipelineProblem(file: file, line: nil, column: nil, message: message))
    }

    /// Takes in one pipeline, if nothing is wrong with it.
    private mutating func add(_ value: PipelineValue) {
        let count = value.reading.problems.count
        let fileName = URL(filePath: value.reading.file).deletingPathExtension().lastPathComponent
        var pipeline = PipelineFile(name: fileName, source: PipelineFile.Source(.standardInput))
        value.read(PipelineFile.keys, into: &pipeline)
        if value["source"].map(\.isAbsent) ?? true, value.isSection {
            value.refuse("has no source: where do the pictures come from?")
        }
        guard value.reading.problems.count == count else { return }
        checkName(pipeline, value)
        checkModels(pipeline, value)
        checkInput(pipeline, value)
        checkOutputs(pipeline, value)
        guard value.reading.problems.count == count else { return }
        if case .url(let address) = pipeline.source.input {
            let isSecure = address.reveal().lowercased().hasPrefix("rtsps")
            if isSecure || !pipeline.source.options.tlsVerify {
                let why = isSecure ? "FFmpeg does not check that of rtsps" : "tls_verify is false"
                value.reading.note(
                    "nobody checks the camera's certificate (\(why)): whoever is in between can read the password",
                    at: (value["source"] ?? value).node.mark)
            }
        }
        if pipeline.stopTimeout > PipelineFile.serviceStopTimeout - 2 {
            let limit = time(PipelineFile.serviceStopTimeout)
            value.reading.note(
                "stop_timeout is \(time(pipeline.stopTimeout)), and the service is killed after \(limit) (TimeoutStopSec= of its unit): "
                    + "give it 2 s less, or raise that in a drop-in", at: (value["stop_timeout"] ?? value).node.mark)
        }
        pipelines.append(pipeline)
    }

    private mutating func checkName(_ pipeline: PipelineFile, _ value: PipelineValue) {
        let place = value["name"] ?? value
        if let other = names[pipeline.name] {
            value.reading.refuse("another pipeline has the name \(pipeline.name): \(other)", at: place.node.mark)
        } else if !PipelineFile.isName(pipeline.name) {
            value.refuse("with this file's name needs a name of its own: letters, digits, . _ and -")
        }
        names[pipeline.name] = names[pipeline.name] ?? place.place
    }

    private func checkModels(_ pipeline: PipelineFile, _ value: PipelineValue) {
        func check(_ model: String, _ kind: Manifest.Kind, _ section: String, _ key: String) {
            if value[section]?[key]?.isUnresolved ?? false { return }
            do { _ = try store.location(of: model, kind) } catch {
                value.reading.refuse("\(section).\(key): \(error)", at: (value[section]?[key] ?? value).node.mark)
            }
        }
        check(pipeline.networks.detector, .detector, "detect", "detector")
        check(pipeline.networks.pose, .pose, "estimate", "pose")
    }

    /// What gives each picture once has one reader.
    private mutating func checkInput(_ pipeline: PipelineFile, _ value: PipelineValue) {
        let key: PipelineFile.Source.Kind
        switch pipeline.source.input {
        case .device: key = .device
        case .standardInput: key = .stdin
        case .url, .file, .folder: return
        }
        let place = value["source"]?[key.rawValue] ?? value
        let input = realPath(pipeline.source.input.description)
        if let other = inputs[input] {
            place.reading.refuse("source.\(key): \(other) already", at: place.node.mark)
        } else {
            inputs[input] = "\(pipeline.name) reads it (\(place.place))"
        }
    }

    /// No two sinks write to one place, and none over the source.
    private mutating func checkOutputs(_ pipeline: PipelineFile, _ value: PipelineValue) {
        for (index, sink) in pipeline.sinks.enumerated() {
            let (sink, key) = (sink.settings, type(of: sink.settings).key)
            let place = value["sinks"]?[index]?[key] ?? value
            guard let output = sink.path.map(realPath) ?? sink.place(of: pipeline.name) else { continue }
            if let other = outputs[output] {
                place.reading.refuse("sinks.\(key): \(other) already", at: place.node.mark)
            } else {
                outputs[output] = "\(pipeline.name) writes there (\(place.place))"
            }
            if case .file(let input) = pipeline.source.input, realPath(input) == output {
                place.refuse("is what the source reads")
            }
        }
    }

    private func realPath(_ path: String) -> String { URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path }
}
