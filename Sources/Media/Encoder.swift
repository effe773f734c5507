internal import CFFmpeg
import PoseTypes

/// Owns an encoder, the picture it is fed with, and the conversion from RGB.
///
/// Where the format wants even sizes, the last column and row of an odd picture are stored twice.
struct Encoder: ~Copyable {
    struct Settings {
        let codec: String
        let format: AVPixelFormat
        /// Nil for RGB.
        let colour: Colour?
        var timeBase = AVRational(num: 1, den: 25)
        var frameRate = 25.0
        /// Constant quality from 1 (best) to 31, for codecs that have no better measure.
        var scale: Int32?
        /// Options of this codec alone.
        var options: [String: String] = [:]
        /// The codec's header lies in the container instead of the stream.
        var hasGlobalHeader = false
    }

    private let context: UnsafeMutablePointer<AVCodecContext>
    private let frame = Frame()
    /// The size of the images that it gets.
    private let source: (width: Int, height: Int)
    /// The size of the frames that FFmpeg gets.
    private let padded: (width: Int, height: Int)
    private var scaler = sws_alloc_context()
    private let handle = Handle()

    /// - Parameter source: the size of the pictures, if they are to be scaled.
    init(
        width: Int, height: Int, from source: (width: Int, height: Int)? = nil, _ settings: Settings, path: String
    ) throws(MediaError) {
        context = try Self.open(width, height, settings, path)
        self.source = source ?? (width, height)
        let picture = frame.pointer
        picture.pointee.width = context.pointee.width
        picture.pointee.height = context.pointee.height
        picture.pointee.format = settings.format.rawValue
        picture.pointee.color_range = context.pointee.color_range
        picture.pointee.colorspace = context.pointee.colorspace
        av_frame_get_buffer(picture, 0)
        // Images of odd size that are not scaled are padded to an even size.
        let rows = source?.height ?? Int(clamping: picture.pointee.height)
        let columns = source.map { $0.width + $0.width % 2 } ?? Int(clamping: picture.pointee.width)
        padded = (columns, rows)
        scaler = sws_getCachedContext(
            scaler, Int32(clamping: columns), Int32(clamping: rows), AV_PIX_FMT_RGB24, picture.pointee.width,
            picture.pointee.height, settings.format,
            source == nil ? SWS_BILINEAR : SWS_AREA, nil, nil, nil)
        if let colour = settings.colour {
            sws_setColorspaceDetails(
                scaler, sws_getCoefficients(SWS_CS_DEFAULT), 1, sws_getCoefficients(colour.matrix), colour.isFullRange ? 1 : 0, 0,
                1 << 16, 1 << 16)
        }
    }

    deinit {
        var context = Optional(context)
        avcodec_free_context(&context)
        sws_freeContext(scaler)
    }

    var parameters: UnsafePointer<AVCodecContext> { UnsafePointer(context) }

    /// Takes one picture; `time` in the time base of the settings. Returns FFmpeg's code.
    mutating func send(_ image: Image, at time: Int64) -> Int32 {
        precondition((image.width, image.height) == source, "every picture has the size given at first")
        let picture = frame.pointer
        let code = av_frame_make_writable(picture)
        if code < 0 { return code }
        let image = image.padded(toWidth: padded.width, height: padded.height)
        let isConverted = posed_from_rgb(
            scaler, image.pixels, Int32(clamping: image.width * 3), Int32(clamping: image.height), picture)
        if isConverted == 0 { return POSED_INVALID_DATA }
        picture.pointee.pts = time
        return avcodec_send_frame(context, picture)
    }

    /// No picture follows: what is left comes out.
    mutating func drain() { avcodec_send_frame(context, nil) }

    /// False where there is no packet (yet).
    mutating func receive(_ packet: borrowing Packet) -> Bool { avcodec_receive_packet(context, packet.pointer) >= 0 }

    private static func open(
        _ width: Int, _ height: Int, _ settings: Settings, _ path: String
    ) throws(MediaError) -> UnsafeMutablePointer<AVCodecContext> {
        _ = quietFFmpeg
        guard let codec = avcodec_find_encoder_by_name(settings.codec) else {
            throw MediaError(.cannotCreate, "\(path): this FFmpeg has no encoder \(settings.codec)")
        }
        let context = allocated(avcodec_alloc_context3(codec))
        let chroma = av_pix_fmt_desc_get(settings.format).pointee
        context.pointee.width = Int32(clamping: width + (chroma.log2_chroma_w > 0 ? width % 2 : 0))
        context.pointee.height = Int32(clamping: height + (chroma.log2_chroma_h > 0 ? height % 2 : 0))
        context.pointee.pix_fmt = settings.format
        context.pointee.time_base = settings.timeBase
        context.pointee.framerate = av_d2q(settings.frameRate, 100_000)
        settings.colour?.tag(context)
        // Without B-frames an mp4 needs no edit list, and its last frame keeps its length.
        context.pointee.max_b_frames = 0
        if settings.hasGlobalHeader { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        if let scale = settings.scale {
            context.pointee.flags |= AV_CODEC_FLAG_QSCALE
            context.pointee.global_quality = scale * FF_QP2LAMBDA
        }
        for (name, value) in settings.options { av_opt_set(context.pointee.priv_data, name, value, 0) }
        let code = avcodec_open2(context, codec, nil)
        if code < 0 {
            var context = Optional(context)
            avcodec_free_context(&context)
            throw MediaError(
                .cannotCreate, "\(path): \(settings.codec) cannot encode \(width)x\(height) pixels: \(meaning(of: code))")
        }
        return context
    }
}

extension Image {
    /// With the last column and row repeated. (FFmpeg reads behind the end of a row of odd width.)
    fileprivate func padded(toWidth newWidth: Int, height newHeight: Int) -> Image {
        if (newWidth, newHeight) == (width, height) { return self }
        var padded: [UInt8] = []
        padded.reserveCapacity(newWidth * newHeight * 3)
        for row in 0..<newHeight {
            let end = (min(row, height - 1) + 1) * width * 3
            padded += pixels[end - width * 3..<end]
            for _ in width..<newWidth { padded += pixels[end - 3..<end] }
        }
        return Image(width: newWidth, height: newHeight, pixels: padded)
    }
}
