internal import CFFmpeg
import Basics
import PoseTypes

/// Writes H.264 in mp4 with the times it is given, to within 1/90,000 s, even or not.
///
///     Image -> Encoder -> Muxer
///
/// Pictures with an odd width or height are stored with their last column or row twice. Colours are tagged as what they
/// are: BT.709 from 1280 across or 577 down, BT.601 below.
package final class VideoWriter {
    private static let timeBase = AVRational(num: 1, den: 90_000)

    private static let longestStep: Int64 = 6 * 3600 * 90_000

    private let path: String
    private var encoder: Encoder
    private var muxer: Muxer
    private let packet = Packet()
    private var lastTime: Int64?
    /// How long the last frame is shown, in the time base: nothing else could tell.
    private var duration: Int64
    private let hasFrameRate: Bool
    private var isFinished = false

    /// `frameRate` guides the encoder and the length of the last frame; the times may differ from it.
    package init(path: String, width: Int, height: Int, frameRate: Double?) throws(MediaError) {
        self.path = path
        hasFrameRate = frameRate != nil
        let frameRate = frameRate ?? 25
        duration = Int64(saturating: min(max((90_000 / frameRate).rounded(), 1), 900_000))
        let colour = Colour(matrix: AVCOL_SPC_UNSPECIFIED, range: AVCOL_RANGE_MPEG, width: width, height: height)
        let settings = Encoder.Settings(
            codec: "libx264", format: AV_PIX_FMT_YUV420P, colour: colour, timeBase: Self.timeBase, frameRate: frameRate,
            options: ["preset": "veryfast", "crf": "20"], hasGlobalHeader: true)
        encoder = try Encoder(width: width, height: height, settings, path: path)
        muxer = try Muxer(path: path, encoder: encoder, timeBase: Self.timeBase)
    }

    /// Adds a picture. Times must increase; a leap of more than six hours, which mp4 cannot express, becomes one of six hours.
    package func write(_ image: Image, at time: Timestamp) throws(MediaError) {
        var ticks = av_rescale_q(time.nanoseconds, .nanosecond, Self.timeBase)
        if let lastTime {
            ticks = min(max(ticks, lastTime + 1), lastTime + Self.longestStep)
            if !hasFrameRate { duration = ticks - lastTime }
        }
        lastTime = ticks
        let code = encoder.send(image, at: ticks)
        if code < 0 { throw MediaError(.writeFailed, "\(path): a frame cannot be encoded: \(meaning(of: code))") }
        try writePackets()
    }

    /// Completes the file, which cannot be played without. Does nothing the second time.
    package func finish() throws(MediaError) {
        if isFinished { return }
        isFinished = true
        encoder.drain()
        try writePackets()
        try muxer.finish()
    }

    private func writePackets() throws(MediaError) {
        while encoder.receive(packet) { try muxer.write(packet, duration: duration) }
    }
}
