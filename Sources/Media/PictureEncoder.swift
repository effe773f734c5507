internal import CFFmpeg
import Basics
import PoseTypes

/// Makes small JPEG pictures in memory, of one picture after another.
package final class PictureEncoder {
    private let longestSide: Int
    private var current: (width: Int, height: Int)?
    private var encoder: Encoder?
    private let packet = Packet()
    private var count: Int64 = 0

    /// - Parameter longestSide: larger pictures are made smaller.
    package init(longestSide: Int) { self.longestSide = longestSide }

    package func jpeg(of image: Image) throws(MediaError) -> [UInt8] {
        if encoder == nil || current?.width != image.width || current?.height != image.height { try prepare(for: image) }
        let code = encoder!.send(image, at: count)
        count += 1
        guard code >= 0, encoder!.receive(packet) else {
            encoder = nil
            throw MediaError(.cannotCreate, "a preview cannot be encoded: \(meaning(of: code))")
        }
        return Array(UnsafeBufferPointer(start: packet.pointer.pointee.data, count: Int(clamping: packet.pointer.pointee.size)))
    }

    private func prepare(for image: Image) throws(MediaError) {
        let (width, height) = (image.width, image.height)
        let scale = min(1, Double(longestSide) / Double(max(width, height)))
        let small = (
            width: max(2, Int(saturating: Double(width) * scale)), height: max(2, Int(saturating: Double(height) * scale))
        )
        current = (width, height)
        encoder = try Encoder(
            width: small.width, height: small.height, from: (width, height),
            Encoder.Settings(codec: "mjpeg", format: AV_PIX_FMT_YUV420P, colour: .jpeg, scale: 4), path: "a preview")
    }
}
