import Delivery
import PoseTypes
import PosedKit
import Records

/// What leaves the pipeline of a stream: a frame, with all that a reader must be told before it.
///
/// Sinks may lose items on the way, so each is understood alone.
struct StreamItem: Sendable {
    /// Counts from 0 within a session: a jump is a loss on the way to this sink.
    let number: Int
    let header: StreamHeader
    /// Counts the session's headers: another one than before has to be written.
    let headerNumber: Int
    /// What this frame came after.
    let gap: GapRecord?
    let frame: FrameWithPoses

    /// For sinks that would hold many images while they wait.
    var withoutImage: StreamItem {
        StreamItem(
            number: number, header: header, headerNumber: headerNumber, gap: gap,
            frame: FrameWithPoses(image: nil, poses: frame.poses))
    }
}
