import Basics
import PoseTypes
import Settings

/// The keypoints of a picture as a table to read; persons count from 0, as in the record and in the overlay.
///
///     person  keypoint              x        y  score
///          0  nose             512.25   100.50   0.93
package struct KeypointTable: CustomStringConvertible {
    package let description: String

    /// - Parameter threshold: keypoints below are counted, not listed.
    package init(_ people: [Person], skeleton: Skeleton, threshold: Float = 0.3) {
        let nameWidth = max(8, skeleton.joints.map(\.count).max() ?? 0)
        var lines = [row("person", "keypoint".padded(to: nameWidth), "x", "y", "score")]
        var weak = 0
        for (index, person) in people.enumerated() {
            for (joint, point) in zip(skeleton.joints, person.pose.keypoints) {
                if point.score >= threshold {
                    lines.append(
                        row(
                            "\(index)", joint.padded(to: nameWidth), decimals(point.x, 2),
                            decimals(point.y, 2), decimals(point.score, 2)))
                } else {
                    weak += 1
                }
            }
        }
        if people.isEmpty { lines = ["nobody found"] }
        if weak > 0 {
            lines.append("\(weak) keypoint\(weak == 1 ? "" : "s") below \(decimals(threshold, 2)) not listed")
        }
        description = lines.joined(separator: "\n")
    }
}

private func row(_ person: String, _ name: String, _ x: String, _ y: String, _ score: String) -> String {
    "\(person.led(to: 6))  \(name)  \(x.led(to: 8)) \(y.led(to: 8)) \(score.led(to: 6))"
}
