public import PoseTypes

/// What travels behind the networks: a picture and who is in it.
public struct PosedFrame: Sendable {
    /// Nil in a later revision of a frame: the picture was needed for the first.
    public let image: Image?
    public let poses: PoseFrame

    public init(image: Image?, poses: PoseFrame) {
        self.image = image
        self.poses = poses
    }
}
