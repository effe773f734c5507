import Basics
import Media
import PoseTypes
import Settings

/// How files are processed, the same for all of them.
package struct FileOptions: Sendable {
    package var settings = PoseSettings()
    /// Instead of a detector.
    package var boxes: BoxesFile?
    /// The stretch of the input, in seconds of its presentation times.
    package var from: Double?
    package var to: Double?
    /// Whether the keypoints of a picture are printed, unless its records are.
    package var printsTable = true

    package init() {}

    /// How many frames there will be, by the container's word.
    func frames(of info: VideoInfo) -> Int? {
        guard from != nil || to != nil else { return info.frameCount }
        guard let rate = info.frameRate, let duration = info.duration else { return nil }
        let frames = max(0, min(to ?? duration, duration) - (from ?? 0)) * rate
        // What a container claims may be anything.
        return frames < 1e9 ? Int(saturating: frames) : nil
    }
}

extension VideoInfo {
    var isPicture: Bool { frameRate == nil && frameCount == 1 }
}
