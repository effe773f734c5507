public import PoseTypes

/// Draws poses into pictures.
public struct OverlayPainter: Sendable {
    public let skeleton: Skeleton
    public let keypointThreshold: Float
    public init(skeleton: Skeleton, keypointThreshold: Float = 0.3) {
        self.skeleton = skeleton
        self.keypointThreshold = keypointThreshold
    }
}
