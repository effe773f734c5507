#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Macros built from casts and function-like macros, which Swift does not import.
static const int POSED_END = AVERROR_EOF;
static const int POSED_EXIT = AVERROR_EXIT;
static const int POSED_INVALID_DATA = AVERROR_INVALIDDATA;
static const int POSED_UNAUTHORIZED = AVERROR_HTTP_UNAUTHORIZED;
static const int POSED_FORBIDDEN = AVERROR_HTTP_FORBIDDEN;

// A frame's planes come to Swift as tuples, which have no address; these two pass them on. Both return 0 on failure.
static inline int posed_to_rgb(struct SwsContext *context, const AVFrame *from, uint8_t *rgb, int stride) {
    uint8_t *const planes[4] = {rgb};
    const int strides[4] = {stride};
    return sws_scale(context, (const uint8_t *const *)from->data, from->linesize, 0, from->height, planes, strides) > 0;
}

static inline int posed_from_rgb(struct SwsContext *context, const uint8_t *rgb, int stride, int rows, const AVFrame *to) {
    const uint8_t *const planes[4] = {rgb};
    const int strides[4] = {stride};
    return sws_scale(context, planes, strides, 0, rows, to->data, to->linesize) > 0;
}

// Side data of a stream moved into its codec parameters in FFmpeg 6.1; the old call is gone in 8.
static inline const int32_t *posed_display_matrix(const AVStream *stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
    const AVPacketSideData *data = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data && data->size >= 36 ? (const int32_t *)data->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 36 ? (const int32_t *)data : NULL;
#endif
}
