// Multi-scale deformable attention (arXiv 2010.04159): a query samples a few places of several maps instead of all of them.
#pragma once
#include "rowwise.h"

INLINE void add_share(size_t depth, float share, const float *x, float *y) {
    size_t c = 0;
    for (; c + LANES <= depth; c += LANES) store(y + c, load(x + c) * splat(share) + load(y + c));
    for (; c < depth; c++) y[c] += x[c] * share;
}

/// The whole number below `place`, which lies inside `0..<size`, or else its nearest end; 0 for what is no number.
INLINE size_t nearest_pixel(float place, size_t size) {
    if (!(place > 0)) return 0;
    return place >= (float)size ? size - 1 : (size_t)place;
}

/// Adds `share` times what lies at (x, y), in pixels of which the first one's centre is 0, to `out`; outside the map there are zeros.
INLINE void add_between(size_t height, size_t width, size_t ld, size_t depth, float x, float y, float share, const float *map,
                        float *out) {
    // False for what is no number, too.
    if (!(x > -1 && y > -1 && x < (float)width && y < (float)height)) return;
    const float left = floorf(x), top = floorf(y), across = x - left, down = y - top;
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 2; column++) {
            const ptrdiff_t v = (ptrdiff_t)top + row, u = (ptrdiff_t)left + column;
            if (v < 0 || u < 0 || v >= (ptrdiff_t)height || u >= (ptrdiff_t)width) continue;
            const float weight = (row ? down : 1 - down) * (column ? across : 1 - across);
            add_share(depth, share * weight, map + ((size_t)v * width + (size_t)u) * ld, out);
        }
}

static void deformable(size_t heads, size_t depth, const struct ck_level *levels, size_t count, bool nearest, float reach,
                       size_t first, size_t last, const float *values, const float *boxes, const float *offsets, float *scores,
                       float *y) {
    const size_t ld = heads * depth;
    size_t points = 0;
    for (size_t l = 0; l < count; l++) points += levels[l].points;
    for (size_t query = first; query < last; query++) {
        const float *box = boxes + 4 * query;
        softmax(heads, points, 1, scores + query * heads * points, points);
        memset(y + query * ld, 0, ld * sizeof(float));
        for (size_t head = 0; head < heads; head++) {
            const float *share = scores + (query * heads + head) * points, *offset = offsets + 2 * (share - scores);
            const float *map = values + head * depth;
            float *out = y + query * ld + head * depth;
            for (size_t l = 0; l < count; l++) {
                const struct ck_level level = levels[l];
                const float step = reach / (float)level.points;
                for (size_t p = 0; p < level.points; p++, share++, offset += 2) {
                    const float across = (box[0] + offset[0] * step * box[2]) * (float)level.width;
                    const float down = (box[1] + offset[1] * step * box[3]) * (float)level.height;
                    if (nearest)
                        add_share(depth, *share,
                                  map + (nearest_pixel(down + 0.5f, level.height) * level.width + nearest_pixel(across + 0.5f, level.width)) * ld,
                                  out);
                    else
                        add_between(level.height, level.width, ld, depth, across - 0.5f, down - 0.5f, *share, map, out);
                }
                map += level.height * level.width * ld;
            }
        }
    }
}
