internal import CFFmpeg
import PoseTypes

/// Owns the conversion of decoded pictures to upright RGB of one size. Transparency is dropped.
struct Scaler: ~Copyable {
    /// What the conversion was set up for.
    private struct Source: Equatable {
        let width: Int
        let height: Int
        let format: AVPixelFormat
        let colour: Colour
    }

    private let shape: FrameGeometry
    private var source: Source?
    private var context = sws_alloc_context()
    /// Rows of the stored picture, kept from frame to frame; nil where the rows of the result will do.
    private let scratch: UnsafeMutablePointer<UInt8>?
    private let stride: Int
    private let handle = Handle()

    /// Every picture is brought to one shape, whatever its own size.
    init(_ shape: FrameGeometry) {
        self.shape = shape
        // FFmpeg 5.1's fast conversion writes whole groups of 16 pixels: over the end of a tight row, or else it leaves the
        // last ones out.
        let isDirect = shape.orientation == .upright && shape.square.width % 16 == 0
        stride = (isDirect ? shape.square.width : shape.square.width + 32) * 3
        scratch = isDirect ? nil : .allocate(capacity: stride * shape.square.height)
    }

    deinit {
        sws_freeContext(context)
        scratch?.deallocate()
    }

    /// Nil where FFmpeg cannot convert such pictures.
    mutating func image(of frame: borrowing Frame) -> Image? {
        guard prepare(for: frame) else { return nil }
        var isConverted = false
        let size = shape.uprightSize
        let pixels = [UInt8](unsafeUninitializedCapacity: size.width * size.height * 3) { pixels, count in
            let pixels = pixels.baseAddress!
            isConverted = posed_to_rgb(context, frame.pointer, scratch ?? pixels, Int32(clamping: stride)) != 0
            if let scratch { shape.orientation.apply(scratch, shape.square, stride: stride, to: pixels) }
            count = size.width * size.height * 3
        }
        guard isConverted else { return nil }
        var image = Image(width: size.width, height: size.height, pixels: pixels)
        // FFmpeg takes 8-bit grey for full range whatever it is told.
        if let source, source.format == AV_PIX_FMT_GRAY8, !source.colour.isFullRange { image.stretchLimitedRange() }
        return image
    }

    private mutating func prepare(for frame: borrowing Frame) -> Bool {
        let new = Source(width: frame.width, height: frame.height, format: frame.format, colour: .of(frame))
        if new == source { return true }
        context = sws_getCachedContext(
            context, Int32(clamping: new.width), Int32(clamping: new.height), new.format, Int32(clamping: shape.square.width),
            Int32(clamping: shape.square.height),
            AV_PIX_FMT_RGB24, SWS_BILINEAR,
            nil, nil, nil)
        guard context != nil else { return false }
        // Fails for RGB, which has no matrix.
        sws_setColorspaceDetails(
            context, sws_getCoefficients(new.colour.matrix), new.colour.isFullRange ? 1 : 0,
            sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16)
        source = new
        return true
    }
}

extension Image {
    /// From 16…235 to 0…255.
    fileprivate mutating func stretchLimitedRange() {
        let table = (0...255).map { UInt8(clamping: (($0 - 16) * 255 + 109) / 219) }
        for index in pixels.indices { pixels[index] = table[Int(clamping: pixels[index])] }
    }
}
