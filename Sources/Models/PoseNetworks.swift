import Kernels
import Networks
import PoseTypes
import Records

/// The networks of one pipeline. Other pipelines may use the same ones: they take turns.
package struct PoseNetworks: Sendable {
    package let skeleton: Skeleton
    /// How records name them; nil where the boxes come from elsewhere.
    package let detectorModel: StreamHeader.Model?
    package let poseModel: StreamHeader.Model
    /// Of the detector's scores.
    package let calibration: ScoreCalibration
    private let detector: SharedNetwork<any ObjectDetector>?
    private let wanted: Set<Int>
    private let estimator: SharedEstimator

    init(_ pose: NetworkPool.Pose, _ detector: NetworkPool.Detector?, of classes: [String]) throws {
        (skeleton, poseModel, estimator) = (pose.skeleton, pose.model, pose.network)
        (detectorModel, self.detector) = (detector?.model, detector?.network)
        calibration = detector?.calibration ?? .none
        do { wanted = try detector?.network.use { try $0.indices(of: classes) } ?? [] } catch {
            throw NetworkError("\(detector?.model.id ?? ""): \(error)")
        }
    }

    /// Those of the wanted classes in an image with a score of `threshold` or more; none without a detector.
    package func detect(in image: Image, threshold: Float) throws -> [Detection] {
        try detector?.use { try $0.detect(wanted, in: image, threshold: threshold) } ?? []
    }

    package func poses(in image: Image, boxes: [BoundingBox]) throws -> [Pose] {
        try estimator.poses(in: image, boxes: boxes)
    }
}

extension PoseNetworks: CustomStringConvertible {
    /// What runs, in one line: `person-nano (fp32), vitpose-tiny (int8): avx512bf16 kernels, 2 threads`.
    package var description: String {
        let names = [detectorModel, poseModel].compactMap(\.self).map { "\($0.id) (\($0.precision ?? ""))" }.joined(
            separator: ", ")
        let threads = ThreadBudget.threads
        return "\(names): \(kernelSet) kernels, \(threads) thread\(threads == 1 ? "" : "s")"
    }
}
