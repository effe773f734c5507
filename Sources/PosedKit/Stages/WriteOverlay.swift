import Delivery
import Flow
import Media
import PoseTypes

/// Paints the poses over the frames and encodes them.
struct WriteOverlay: Sink {
    private let painter: OverlayPainter
    private let writer: VideoWriter

    init(to writer: VideoWriter, painter: OverlayPainter) {
        self.writer = writer
        self.painter = painter
    }

    func receive(_ frame: PosedFrame) throws {
        var image = frame.image
        painter.paint(frame.poses.people, into: &image)
        try writer.write(image, at: frame.poses.time)
    }

    func finish() throws { try writer.finish() }
}
