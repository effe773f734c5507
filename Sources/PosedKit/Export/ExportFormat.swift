import Delivery
import PoseTypes
import Records

/// A format of other tools, by its name on the command line.
package enum ExportFormat: String, Sendable, CaseIterable {
    /// The results file of MOTChallenge.
    case mot
    /// A table with a row for each joint.
    case csv
    /// COCO's keypoint results, for pycocotools.
    case coco
    /// `alphapose-results.json`.
    case alphapose
    /// What MMPose's inferencer writes of a video.
    case mmpose
    /// A folder with a file for each frame.
    case openpose
    /// A folder with a file of marker positions for each person.
    case trc
    /// A pickle of skeletons, for PySKL and MMAction2.
    case pyskl

    /// Whether people without an id have no place in it.
    var needsIDs: Bool { [.mot, .trc, .pyskl].contains(self) }

    /// Whether it is several files.
    var isFolder: Bool { self == .openpose || self == .trc }
}
