import Media

/// How inputs are processed, the same for all of them.
public struct FileOptions: Sendable {
    /// Below it, keypoints are neither drawn nor listed.
    public var keypointThreshold: Float = 0.3
    /// Every how many frames people are detected.
    public var detectEvery = 1
    /// Of more people in a frame, those with the highest scores.
    public var mostPeople: Int?
    /// Instead of a detector.
    public var boxes: BoxesFile?
    /// The stretch of the input, in seconds of its presentation times.
    public var from: Double?
    public var to: Double?

    public init() {}

    /// How many frames there will be, by the container's word.
    func frames(of info: VideoInfo) -> Int? {
        guard from != nil || to != nil else { return info.frameCount }
        guard let rate = info.frameRate, let duration = info.duration else { return nil }
        return Int(max(0, min(to ?? duration, duration) - (from ?? 0)) * rate)
    }
}

extension VideoInfo {
    var isPicture: Bool { frameRate == nil && frameCount == 1 }
}
