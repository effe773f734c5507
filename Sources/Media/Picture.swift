import Basics
internal import CFFmpeg
import Glibc
import PoseTypes

/// Single pictures in files.
package enum Picture {
    /// The picture in a file, upright; of a video the first frame.
    package static func read(path: String) throws(MediaError) -> Image {
        guard let frame = try VideoReader(path: path, threads: 1).next() else {
            throw MediaError(.badInput, "\(redacted(uri: path)): holds no picture")
        }
        return frame.image
    }

    /// Writes PNG, or JPEG of high quality: whichever the file's extension says.
    package static func write(_ image: Image, path: String) throws(MediaError) {
        let isJPEG = ["jpg", "jpeg"].contains(Input.fileExtension(path))
        guard isJPEG || Input.fileExtension(path) == "png" else {
            throw MediaError(.cannotCreate, "\(path): pictures are written as .png, .jpg or .jpeg")
        }
        let png = Encoder.Settings(codec: "png", format: AV_PIX_FMT_RGB24, colour: nil)
        let jpeg = Encoder.Settings(codec: "mjpeg", format: AV_PIX_FMT_YUV444P, colour: .jpeg, scale: 2)
        var encoder = try Encoder(width: image.width, height: image.height, isJPEG ? jpeg : png, path: path)
        let packet = Packet()
        let code = encoder.send(image, at: 0)
        encoder.drain()
        guard code >= 0, encoder.receive(packet) else {
            throw MediaError(.cannotCreate, "\(path): the picture cannot be encoded: \(meaning(of: code))")
        }
        guard let file = path.withPath({ fopen($0, "wb") }) else { throw .cannotCreate(path, -errno) }
        let size = Int(clamping: packet.pointer.pointee.size)
        let isWritten = fwrite(packet.pointer.pointee.data, 1, size, file) == size
        // The end of the file may fail to be written only here.
        guard fclose(file) == 0, isWritten else {
            throw MediaError(.writeFailed, "\(path): writing failed: \(String(cString: strerror(errno)))")
        }
    }
}
