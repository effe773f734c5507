import Delivery
import PoseTypes
import Records

/// A text format of other tools, by its name on the command line.
package enum ExportFormat: String, Sendable, CaseIterable {
    /// The results file of MOTChallenge.
    case mot
    /// A table with a row for each joint.
    case csv

    /// What comes before the first frame.
    var head: [UInt8] {
        switch self {
        case .mot: []
        case .csv: JointTable.head
        }
    }

    /// The lines of a frame.
    func lines(of frame: PoseFrame, skeleton: Skeleton) -> [UInt8] {
        switch self {
        case .mot: MOTResults.lines(of: frame)
        case .csv: JointTable.lines(of: frame, skeleton: skeleton)
        }
    }
}
