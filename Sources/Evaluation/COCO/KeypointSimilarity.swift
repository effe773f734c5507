import Glibc
import PoseTypes

/// Object keypoint similarity: for every joint a Gaussian of its distance, as wide as the joint's annotations scatter on
/// a person of that area, averaged over the joints (cocodataset.org, keypoint evaluation).
package struct KeypointSimilarity: Sendable {
    /// `(2 sigma)²` of every joint.
    private let variances: [Double]

    /// The one that COCO's figures are defined by.
    package static let coco = KeypointSimilarity(Skeleton.coco17)

    /// The sigmas are published in decimals, which are restored here: their nearest Float alone would move figures in the
    /// eighth place.
    package init(_ skeleton: Skeleton) {
        variances = skeleton.sigmas.map { sigma in
            let published = (Double(sigma) * 1e4).rounded() / 1e4
            return (2 * published) * (2 * published)
        }
    }

    package var joints: Int { variances.count }

    /// The OKS of a result and a person of the ground truth (`COCOeval.computeOks`). A person without labelled joints is met by
    /// every joint inside the doubled box, so that poses in crowds are ignored instead of counted as wrong.
    package func similarity(of pose: [Double], to person: COCODataset.Annotation) -> Double {
        let labelled = (0..<joints).filter { person.keypoints.count == 3 * joints && person.keypoints[3 * $0 + 2] > 0 }
        let scale = person.area + Double.ulpOfOne
        if labelled.isEmpty {
            let across = (low: person.box[0] - person.box[2], high: person.box[0] + 2 * person.box[2])
            let down = (low: person.box[1] - person.box[3], high: person.box[1] + 2 * person.box[3])
            return mean(over: 0..<joints, scale: scale) { joint in
                let (x, y) = (pose[3 * joint], pose[3 * joint + 1])
                return (
                    max(0, across.low - x) + max(0, x - across.high), max(0, down.low - y) + max(0, y - down.high)
                )
            }
        }
        return mean(over: labelled, scale: scale) { joint in
            (pose[3 * joint] - person.keypoints[3 * joint], pose[3 * joint + 1] - person.keypoints[3 * joint + 1])
        }
    }

    /// The OKS of two results, scaled by the mean of their areas (`oks_iou` of mmpose).
    package func similarity(of pose: [Double], to other: [Double], area: Double) -> Double {
        mean(over: 0..<joints, scale: area + Double.ulpOfOne) { joint in
            (pose[3 * joint] - other[3 * joint], pose[3 * joint + 1] - other[3 * joint + 1])
        }
    }

    private func mean(over joints: some Collection<Int>, scale: Double, distance: (Int) -> (x: Double, y: Double)) -> Double {
        let sum = joints.reduce(0) { sum, joint in
            let (x, y) = distance(joint)
            return sum + exp(-((x * x + y * y) / variances[joint] / scale / 2))
        }
        return sum / Double(joints.count)
    }
}
