import Delivery
import Flow
import PoseTypes

/// Prints the keypoints of a picture for a person to read.
struct PrintTable: Sink {
    let skeleton: Skeleton
    let threshold: Float

    func receive(_ frame: FrameWithPoses) {
        print(KeypointTable(frame.poses.people, skeleton: skeleton, threshold: threshold))
    }
}
