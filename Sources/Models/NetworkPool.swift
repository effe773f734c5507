import Dispatch
import Foundation
import Networks
import PoseTypes
import Records
import Synchronization

/// Loads every network once, however many pipelines use it.
package final class NetworkPool: Sendable {
    struct Pose {
        let skeleton: Skeleton
        let model: StreamHeader.Model
        let network: SharedNetwork<any PoseEstimator>
    }

    struct Detector {
        let model: StreamHeader.Model
        let network: SharedNetwork<any PersonDetector>
    }

    private struct Loaded {
        var poses: [URL: Pose] = [:]
        var detectors: [URL: Detector] = [:]
    }

    private let store: ModelStore
    private let turn = DispatchQueue(label: "posed.inference", qos: .userInitiated)
    private let loaded = Mutex(Loaded())

    package init(_ store: ModelStore) { self.store = store }

    /// Networks by id, folder or file; no `detector` where the boxes come from elsewhere.
    package func networks(pose: String, detector: String?) throws -> PoseNetworks {
        PoseNetworks(try self.pose(pose), try detector.map(self.detector))
    }

    /// Lets go of all networks but these; what uses the others still keeps them until it ends.
    package func keep(poses: [String], detectors: [String]) {
        let poses = Set(poses.compactMap { try? store.location(of: $0, .pose) })
        let detectors = Set(detectors.compactMap { try? store.location(of: $0, .detector) })
        loaded.withLock { loaded in
            loaded.poses = loaded.poses.filter { poses.contains($0.key) }
            loaded.detectors = loaded.detectors.filter { detectors.contains($0.key) }
        }
    }

    private func pose(_ name: String) throws -> Pose {
        let files = try store.location(of: name, .pose)
        return try loaded.withLock { loaded in
            if let pose = loaded.poses[files] { return pose }
            let estimator = try loadEstimator(files)
            let pose = Pose(
                skeleton: estimator.skeleton, model: try store.model(named: name, at: files),
                network: SharedNetwork(estimator, turn: turn))
            loaded.poses[files] = pose
            return pose
        }
    }

    private func detector(_ name: String) throws -> Detector {
        let files = try store.location(of: name, .detector)
        return try loaded.withLock { loaded in
            if let detector = loaded.detectors[files] { return detector }
            let detector = Detector(
                model: try store.model(named: name, at: files), network: SharedNetwork(try loadDetector(files), turn: turn))
            loaded.detectors[files] = detector
            return detector
        }
    }
}

extension ModelStore {
    /// The name of a model in records. The checksum of a known one is the manifest's, if the size is: `posed models verify`
    /// compares the rest.
    fileprivate func model(named name: String, at location: URL) throws -> StreamHeader.Model {
        guard let known = manifest.models.first(where: { $0.id == name }) else {
            return StreamHeader.Model(id: location.lastPathComponent, sha256: try Self.checksum(of: location))
        }
        let weights = Self.isFolder(location) ? location.appending(path: "model.safetensors") : location
        let size = try? weights.resourceValues(forKeys: [.fileSizeKey]).fileSize
        let entry = known.files.first { $0.name == weights.lastPathComponent && $0.size != nil && $0.size == size }
        return StreamHeader.Model(id: name, sha256: try entry?.sha256 ?? Self.checksum(of: location))
    }
}
