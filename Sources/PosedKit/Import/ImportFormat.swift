import PoseTypes

/// A format of other tools that is read, by its name on the command line.
package enum ImportFormat: String, Sendable, CaseIterable {
    /// COCO's keypoint results; `image_id` is the frame's number.
    case coco
    /// `alphapose-results.json`.
    case alphapose
    /// What MMPose's inferencer writes of a video, or its demo programs.
    case mmpose
    /// A folder with a file for each frame.
    case openpose
}

/// What one of those files holds.
struct ImportedPoses {
    /// A person as the other tool names one.
    struct Seen {
        var keypoints: [Keypoint]
        var score: Float
        var box: BoundingBox?
        var id: Int?
    }

    /// By the frame's number.
    var frames: [Int: [Seen]] = [:]

    /// The layout of everybody's keypoints, told by how many there are.
    ///
    /// - Parameters:
    ///   - isOpenPose: whether 25 and 18 are OpenPose's.
    ///   - path: the file, for errors.
    func skeleton(isOpenPose: Bool, in path: String) throws(PosedError) -> Skeleton {
        let counts = Set(frames.values.joined().map(\.keypoints.count)).sorted()
        let known: [Skeleton] = isOpenPose ? [.openPose25, .openPose18] : [.coco17, .halpe26, .wholeBody133, .crowdPose14]
        guard counts.count < 2 else {
            throw PosedError(
                .badData, "\(path): its people have \(counts[0]) and \(counts[1]) keypoints: records have one layout")
        }
        guard let count = counts.first else { return isOpenPose ? .openPose25 : .coco17 }
        guard let skeleton = known.first(where: { $0.joints.count == count }) else {
            let choice = known.map { "\($0.joints.count)" }.joined(separator: ", ")
            throw PosedError(.badData, "\(path): its people have \(count) keypoints: layouts are known of \(choice)")
        }
        return skeleton
    }
}
