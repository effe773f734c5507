import Glibc
import PoseTypes

/// How alike two poses of a video are: object keypoint similarity (COCO keypoint evaluation) with twice its tolerance, since
/// both poses err here, and limbs move from frame to frame.
struct Similarity: Sendable {
    /// Joints below this score say nothing.
    static let minScore: Float = 0.2
    /// Fewer joints seen in both poses make no comparison.
    static let fewestJoints = 4

    /// COCO's smallest. Layouts have smaller ones, for a face's landmarks or by a stricter measure, but networks do not err so little, and
    /// between two frames a face moves as far as its body.
    private static let leastSigma: Float = 0.025

    /// COCO's `vars`, (2 sigma)² (`COCOeval.computeOks`), with twice the deviation.
    private let variances: [Float]

    init(_ skeleton: Skeleton) {
        // 0.08 is about the mean of a body's joints, for layouts that nobody measured.
        let sigmas = skeleton.sigmas.isEmpty ? Array(repeating: 0.08, count: skeleton.joints.count) : skeleton.sigmas
        variances = sigmas.map { 16 * max($0, Self.leastSigma) * max($0, Self.leastSigma) }
    }

    /// The mean over the joints seen in both poses of exp(-d² / 2 area k²), each weighted by its lower score; nil if too few
    /// are seen. `other` is moved by `shift` first.
    func callAsFunction(_ pose: Pose, _ other: Pose, area: Float, shift: (x: Float, y: Float) = (0, 0)) -> Float? {
        var (sum, weight, seen): (Float, Float, Int) = (0, 0, 0)
        for joint in 0..<min(pose.keypoints.count, other.keypoints.count, variances.count) {
            let (a, b) = (pose.keypoints[joint], other.keypoints[joint])
            let sure = min(a.score, b.score)
            guard sure >= Self.minScore else { continue }
            let (dx, dy) = (a.x - b.x - shift.x, a.y - b.y - shift.y)
            let square = dx * dx + dy * dy
            sum += sure * exp(-square / (2 * max(1, area) * variances[joint]))
            weight += sure
            seen += 1
        }
        return seen < Self.fewestJoints ? nil : sum / weight
    }
}

extension BoundingBox {
    /// The square root of the area: a person's size in pixels, whichever way the person lies.
    var size: Float { max(1, area.squareRoot()) }
    var centreX: Float { x + width / 2 }
    var centreY: Float { y + height / 2 }

    /// Larger by a part of its sides on every side (Yang, Odashima, Masui, Jiang, "Hard to track objects with irregular motions and similar
    /// appearances?", WACV 2023, section 3.1).
    func buffered(_ part: Float) -> BoundingBox {
        BoundingBox(x: x - part * width, y: y - part * height, width: width * (1 + 2 * part), height: height * (1 + 2 * part))
    }

    /// The part of the area that lies inside `other`.
    func share(inside other: BoundingBox) -> Float {
        let across = min(maxX, other.maxX) - max(x, other.x)
        let down = min(maxY, other.maxY) - max(y, other.y)
        return across > 0 && down > 0 ? across * down / max(1, area) : 0
    }

    /// The smallest box around the keypoints that count; nil without any.
    package init?(around keypoints: [Keypoint]) {
        let seen = keypoints.filter { $0.score >= Similarity.minScore }
        guard let left = seen.map(\.x).min(), let right = seen.map(\.x).max(),
            let top = seen.map(\.y).min(), let bottom = seen.map(\.y).max()
        else { return nil }
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }
}
