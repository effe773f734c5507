import Delivery
import Drawing
import Flow
import Media
import PoseTypes
import Settings

/// Paints the poses over the frames and encodes them.
struct WriteOverlay: Sink {
    private var painter: OverlayPainter
    private let writer: VideoWriter

    init(to writer: VideoWriter, painter: OverlayPainter) {
        self.writer = writer
        self.painter = painter
    }

    mutating func receive(_ frame: FrameWithPoses) throws {
        guard var image = frame.image else { return }
        painter.paint(frame.poses, into: &image)
        try writer.write(image, at: frame.poses.time)
    }

    func finish() throws { try writer.finish() }
}

extension Pipeline.Port<FrameWithPoses> {
    /// Ends in an overlay of the kind that the input is: a video or a picture.
    func endInOverlay(_ path: String, of info: VideoInfo, painter: OverlayPainter) throws(MediaError) {
        guard !info.isPicture else {
            end(WritePicture(path: path, painter: painter), name: "overlay")
            return
        }
        let writer = try VideoWriter(path: path, width: info.width, height: info.height, frameRate: info.frameRate)
        end(WriteOverlay(to: writer, painter: painter), name: "overlay")
    }
}
