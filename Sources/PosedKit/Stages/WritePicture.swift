import Delivery
import Drawing
import Flow
import Media
import PoseTypes

/// Paints the poses over a picture and writes it.
struct WritePicture: Sink {
    let path: String
    let painter: OverlayPainter

    func receive(_ frame: FrameWithPoses) throws {
        guard var image = frame.image else { return }
        painter.paint(frame.poses.people, into: &image)
        try Picture.write(image, path: path)
    }
}
