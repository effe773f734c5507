import Basics
import Dispatch
import FoundationEssentials
import Glibc
import Kernels
import Networks
import PoseTypes
import Records
import Synchronization

/// Loads every network once, however many pipelines use it.
package final class NetworkPool: Sendable {
    struct Pose {
        let skeleton: Skeleton
        let model: StreamHeader.Model
        let network: SharedEstimator
    }

    struct Detector {
        let model: StreamHeader.Model
        let network: SharedNetwork<any ObjectDetector>
        let calibration: ScoreCalibration
    }

    /// The files of a network, and how it is loaded.
    fileprivate struct Form: Hashable {
        let files: URL
        /// Those of a detector but for the precision are the defaults.
        let options: EstimatorOptions
    }

    private struct Loaded {
        var poses: [Form: Pose] = [:]
        var detectors: [Form: Detector] = [:]
    }

    private let store: ModelStore
    private let turn = DispatchQueue(label: "posed.inference", qos: .userInitiated)
    private let loaded = Mutex(Loaded())

    package init(_ store: ModelStore) { self.store = store }

    /// - Parameter detects: false where the boxes come from elsewhere.
    package func networks(_ names: NetworkNames, detects: Bool = true) throws -> PoseNetworks {
        try PoseNetworks(
            pose(form(names.pose, .pose, names), named: names.pose),
            detects ? detector(form(names.detector, .detector, names), named: names.detector) : nil, of: names.classes)
    }

    /// Lets go of all networks but these; what uses the others still keeps them until it ends.
    package func keep(_ names: [NetworkNames]) {
        let poses = Set(names.compactMap { try? form($0.pose, .pose, $0) })
        let detectors = Set(names.compactMap { try? form($0.detector, .detector, $0) })
        loaded.withLock { loaded in
            loaded.poses = loaded.poses.filter { poses.contains($0.key) }
            loaded.detectors = loaded.detectors.filter { detectors.contains($0.key) }
        }
    }

    private func form(_ name: String, _ kind: Manifest.Kind, _ names: NetworkNames) throws -> Form {
        var options = EstimatorOptions(precision: store.precision(names.precision, for: name))
        if kind == .pose { (options.dataset, options.input) = (names.dataset, names.input) }
        return Form(files: try store.location(of: name, kind), options: options)
    }

    private func pose(_ form: Form, named name: String) throws -> Pose {
        try loaded.withLock { loaded in
            if let pose = loaded.poses[form] { return pose }
            let estimator = try loadEstimator(form.files, form.options)
            let pose = Pose(
                skeleton: estimator.skeleton, model: try store.model(named: name, of: form),
                network: SharedEstimator(estimator, turn: turn) { ThreadBudget.threads })
            loaded.poses[form] = pose
            return pose
        }
    }

    private func detector(_ form: Form, named name: String) throws -> Detector {
        try loaded.withLock { loaded in
            if let detector = loaded.detectors[form] { return detector }
            let model = try store.model(named: name, of: form)
            let detector = Detector(
                model: model,
                network: SharedNetwork(try loadDetector(form.files, precision: form.options.precision), turn: turn),
                calibration: store.calibration(of: name, sha256: model.sha256))
            loaded.detectors[form] = detector
            return detector
        }
    }
}

extension ModelStore {
    /// That of the known detector with the checksum of these weights, wherever they lie; where the manifest knows no checksum, of the
    /// detector that was asked for by its id.
    func calibration(of name: String, sha256: String?) -> ScoreCalibration {
        let known = manifest.models.first { model in
            let sums = model.files.compactMap(\.sha256)
            return model.kind == .detector && (sums.isEmpty ? model.id == name : sums.contains { $0 == sha256 })
        }
        return known?.calibration ?? .none
    }

    /// The name of a model in records. The checksum of a known one is the manifest's, if the size is: `posed models verify`
    /// compares the rest.
    fileprivate func model(named name: String, of form: NetworkPool.Form) throws -> StreamHeader.Model {
        let location = form.files
        var model = StreamHeader.Model(
            id: name, precision: form.options.precision.rawValue,
            dataset: form.options.dataset == .coco ? nil : form.options.dataset.rawValue,
            input: form.options.input?.description)
        guard let known = manifest.models.first(where: { $0.id == name }) else {
            model.id = location.lastPathComponent
            model.sha256 = try Self.checksum(of: location)
            return model
        }
        let weights = isFolder(location.path) ? location.appending(path: "model.safetensors") : location
        var status = stat()
        let size = stat(weights.path, &status) == 0 ? status.st_size : nil
        let entry = known.files.first { $0.name == weights.lastPathComponent && $0.size != nil && $0.size == size }
        model.sha256 = try entry?.sha256 ?? Self.checksum(of: location)
        return model
    }
}
