internal import CFFmpeg
import Basics
import PoseTypes
import Synchronization

/// A decoded picture of a live source, not yet RGB: one that is dropped costs no conversion.
// @unchecked Sendable because the decoded frame is only read, and the conversion is behind a lock.
package final class LivePicture: @unchecked Sendable {
    /// Counts the decoded pictures of the session, hidden ones too.
    package let index: Int
    /// Strictly increases in the session. After a reconnect it goes on by the time that went by.
    package let time: Timestamp
    package let capture: Capture
    /// Counts the connections: where it changes, there is a gap.
    package let connection: Int
    /// Why the last connection ended; empty on the first.
    package let reason: String
    package let info: VideoInfo
    /// `I`, `P` or `B`.
    package let type: Character
    /// Decoding can begin here.
    package let isKeyframe: Bool

    private let frame: Frame
    private let converter: Converter

    init(
        _ picture: consuming LiveConnection.Picture, index: Int, time: Timestamp, connection: Int, reason: String,
        info: VideoInfo,
        converter: Converter
    ) {
        self.index = index
        self.time = time
        self.connection = connection
        self.reason = reason
        self.info = info
        self.converter = converter
        capture = picture.capture
        type = picture.frame.type
        isKeyframe = picture.frame.isKeyframe
        frame = picture.frame
    }

    /// The upright picture; converts on the caller's thread.
    package func image() throws(MediaError) -> Image {
        guard let image = converter.image(of: frame) else {
            throw MediaError(.badInput, "frame \(index) has a pixel format that cannot be converted")
        }
        return image
    }
}

/// Converts the pictures of one shape, one at a time.
// @unchecked Sendable because the lock guards the scaler.
final class Converter: @unchecked Sendable {
    private let lock = Mutex(())
    private var scaler: Scaler

    init(_ shape: FrameGeometry) { scaler = Scaler(shape) }

    func image(of frame: borrowing Frame) -> Image? {
        lock.withLock { _ in scaler.image(of: frame) }
    }
}
