import PoseTypes

/// What travels behind the networks: a picture and who is in it.
package struct FrameWithPoses: Sendable {
    /// Nil in a later revision of a frame: the picture was needed for the first.
    package let image: Image?
    package let poses: PoseFrame

    package init(image: Image?, poses: PoseFrame) {
        self.image = image
        self.poses = poses
    }
}
