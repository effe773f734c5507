import Media
import PoseTypes
import Tracking

/// How inputs are processed, the same for all of them.
public struct FileOptions: Sendable {
    /// The least score of a detection that may be somebody new.
    public var threshold = Tracker.Settings().threshold
    /// Below it, keypoints are neither drawn nor listed.
    public var keypointThreshold: Float = 0.3
    /// Every how many frames people are detected.
    public var detectEvery = 1
    /// Of more people in a frame, those with the highest scores.
    public var mostPeople: Int?
    /// Instead of a detector.
    public var boxes: BoxesFile?
    /// Seconds for which somebody who is lost is remembered.
    public var trackBuffer = Tracker.Settings().trackBuffer
    /// Seconds after which a frame is given again, smoothed with what came after it; nil for never.
    public var lag: Double?
    public var repairsSwaps = true
    public var gatesBones = true
    /// How joints are smoothed (docs/following.md): Hz, and Hz per size/s.
    public var minCutoff = PoseSmoother.Settings().minCutoff
    public var beta = PoseSmoother.Settings().beta
    /// Seconds of their way that hands and feet draw behind them.
    public var trail = 0.0
    /// The stretch of the input, in seconds of its presentation times.
    public var from: Double?
    public var to: Double?

    public init() {}

    /// What the detector is asked for: weak detections continue a track.
    public var leastScore: Float { tracking.weakThreshold }

    var tracking: Tracker.Settings {
        var settings = Tracker.Settings()
        settings.threshold = threshold
        settings.weakThreshold = min(threshold, settings.weakThreshold)
        settings.trackBuffer = trackBuffer
        settings.detectEvery = detectEvery
        // Whom a file of boxes leaves out is not there.
        if boxes != nil { settings.carryFor = 0 }
        return settings
    }

    var smoothing: PoseSmoother.Settings {
        var settings = PoseSmoother.Settings()
        (settings.minCutoff, settings.beta, settings.lag) = (minCutoff, beta, lag)
        (settings.repairsSwaps, settings.gatesBones) = (repairsSwaps, gatesBones)
        return settings
    }

    /// How many frames there will be, by the container's word.
    func frames(of info: VideoInfo) -> Int? {
        guard from != nil || to != nil else { return info.frameCount }
        guard let rate = info.frameRate, let duration = info.duration else { return nil }
        return Int(saturating: max(0, min(to ?? duration, duration) - (from ?? 0)) * rate)
    }
}

extension VideoInfo {
    var isPicture: Bool { frameRate == nil && frameCount == 1 }
}
