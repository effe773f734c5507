internal import CFFmpeg

/// How the numbers of a YUV picture mean colours.
struct Colour: Equatable {
    /// One of swscale's matrices (`SWS_CS_…`); its numbers are those of H.273 MatrixCoefficients where both exist.
    var matrix: Int32
    /// Black to white is 0 to 255 instead of 16 to 235.
    var isFullRange: Bool

    /// What the stream says. Where it says nothing: BT.709 from 1280 across or 577 down and BT.601 below, limited range, as
    /// mpv does (`mp_csp_guess_colorspace`).
    init(matrix: AVColorSpace, range: AVColorRange, width: Int, height: Int) {
        self.matrix =
            switch matrix {
            case AVCOL_SPC_BT709: SWS_CS_ITU709
            case AVCOL_SPC_FCC: SWS_CS_FCC
            case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
            case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
            case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
            default: width >= 1280 || height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601
            }
        isFullRange = range == AVCOL_RANGE_JPEG
    }

    /// BT.601 in full range (JFIF).
    static let jpeg = Colour(matrix: AVCOL_SPC_BT470BG, range: AVCOL_RANGE_JPEG, width: 0, height: 0)

    static func of(_ frame: borrowing Frame) -> Colour {
        let (format, frame) = (frame.format, frame.pointer.pointee)
        let isFull =
            switch format {
            // The old formats with full range built in.
            case AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P: true
            // Grey is full unless it is said to be limited.
            case _ where av_pix_fmt_desc_get(format)?.pointee.nb_components ?? 3 <= 2: frame.color_range != AVCOL_RANGE_MPEG
            default: frame.color_range == AVCOL_RANGE_JPEG
            }
        return Colour(
            matrix: frame.colorspace, range: isFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG, width: Int(clamping: frame.width),
            height: Int(clamping: frame.height))
    }

    /// Says to players what the numbers mean.
    func tag(_ context: UnsafeMutablePointer<AVCodecContext>) {
        context.pointee.color_range = isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        let isHD = matrix == SWS_CS_ITU709
        context.pointee.colorspace = isHD ? AVCOL_SPC_BT709 : isFullRange ? AVCOL_SPC_BT470BG : AVCOL_SPC_SMPTE170M
        context.pointee.color_primaries = isHD ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M
        context.pointee.color_trc = isHD ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M
    }
}
