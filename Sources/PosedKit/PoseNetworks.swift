import Delivery
import Foundation
import Kernels
import Networks
import PoseTypes
import Synchronization

/// The networks that a command has loaded. Pipelines take turns at them.
public final class PoseNetworks: Sendable {
    let skeleton: Skeleton
    /// How records name them; nil where the boxes come from elsewhere.
    let detectorModel: StreamHeader.Model?
    let poseModel: StreamHeader.Model
    private let detector: Mutex<YOLOXDetector?>
    private let estimator: Mutex<ViTPoseEstimator>

    /// Loads networks by id, folder or file.
    ///
    /// - Parameters:
    ///   - detector: nil where the boxes come from elsewhere.
    ///   - threshold: the least score of a detection.
    public init(pose: String, detector: String?, threshold: Float, from store: ModelStore) throws {
        let files = try store.location(of: pose, .pose)
        let estimator = try ViTPoseEstimator(folder: files)
        skeleton = estimator.skeleton
        poseModel = try store.model(named: pose, at: files)
        self.estimator = Mutex(estimator)
        if let detector {
            let files = try store.location(of: detector, .detector)
            detectorModel = try store.model(named: detector, at: files)
            self.detector = Mutex(try YOLOXDetector(files, threshold: threshold))
        } else {
            detectorModel = nil
            self.detector = Mutex(nil)
        }
    }

    /// The people in a picture; nobody where no detector was loaded.
    func detect(in image: Image) throws(NetworkError) -> [Detection] {
        try detector.withLock { detector throws(NetworkError) in try detector?.detect(in: image) ?? [] }
    }

    func poses(in image: Image, boxes: [BoundingBox]) throws(NetworkError) -> [Pose] {
        try estimator.withLock { estimator throws(NetworkError) in try estimator.poses(in: image, boxes: boxes) }
    }
}

extension PoseNetworks: CustomStringConvertible {
    /// What runs, in one line: `person-nano, vitpose-tiny: avx512 kernels, 2 threads`.
    public var description: String {
        let names = [detectorModel?.id, poseModel.id].compactMap(\.self).joined(separator: ", ")
        let threads = ThreadBudget.threads
        return "\(names): \(kernelSet) kernels, \(threads) thread\(threads == 1 ? "" : "s")"
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
