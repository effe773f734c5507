import Glibc
import PoseTypes

/// Rejects joints that jumped to another person, or to nowhere: their bone is suddenly much longer than ever before, and
/// they are far from where they were expected.
///
/// In a picture a bone is never longer than in the body, only shorter; so what is learned is close to its greatest length.
struct BoneGate: Sendable {
    /// A bone this much longer than learned, and 0.05 sizes more, is torn.
    private static let tolerance = 1.4
    /// In sizes, and beyond what was unsure: a joint closer to where it was expected has not jumped.
    private static let minJump = 0.15
    /// Seconds of observations before a length is trusted.
    private static let apprenticeship = 0.5

    private struct Bone {
        let ends: (Int, Int)
        /// In sizes.
        var length = 0.0
        /// Seconds for which it was seen.
        var learned = 0.0
    }

    /// Joints rejected so far.
    private(set) var count = 0
    private var bones: [Bone]

    init(_ skeleton: Skeleton) {
        bones = skeleton.bones.map { Bone(ends: ($0[0], $0[1])) }
    }

    /// Clears `seen` for joints that jumped; learns from the others.
    mutating func gate(_ keypoints: [Keypoint], seen: inout [Bool], expected: [JointMotion?], size: Double, step: Double) {
        for index in bones.indices {
            let (a, b) = bones[index].ends
            guard seen[a], seen[b] else { continue }
            let (dx, dy) = (Double(keypoints[a].x - keypoints[b].x), Double(keypoints[a].y - keypoints[b].y))
            let length = (dx * dx + dy * dy).squareRoot() / size
            let isTorn = length > Self.tolerance * bones[index].length + 0.05
            if isTorn, bones[index].learned >= Self.apprenticeship,
                let jumped = [a, b].filter({ jump($0) > Self.minJump }).max(by: { jump($0) < jump($1) })
            {
                seen[jumped] = false
                count += 1
            } else {
                // Up at once, down slowly: towards the greatest length, but not to a single outlier.
                let memory = length > bones[index].length ? 0.3 : 5
                let share = bones[index].learned == 0 ? 1 : 1 - exp(-step / memory)
                bones[index].length += share * (length - bones[index].length)
                bones[index].learned += step
            }
        }

        func jump(_ joint: Int) -> Double {
            guard let motion = expected[joint] else { return 0 }
            let unsure = 3 * ((motion.x.pp + motion.y.pp) / 2).squareRoot()
            return (motion.squaredDistance(to: keypoints[joint]).squareRoot() - unsure) / size
        }
    }
}
