// What is done under a window that slides over a feature map, each channel by itself.
#pragma once
#include "vector.h"

/// The part of a window at output place `place` that lies inside `0..<size`, as offsets within the kernel.
INLINE void clip(size_t place, size_t stride, ptrdiff_t origin, size_t size, size_t kernel, ptrdiff_t *start, size_t *from,
                 size_t *to) {
    *start = (ptrdiff_t)(place * stride) + origin;
    *from = *start < 0 ? (size_t)-*start : 0;
    ptrdiff_t room = (ptrdiff_t)size - *start;
    *to = room < (ptrdiff_t)kernel ? (room < 0 ? 0 : (size_t)room) : kernel;
}

/// Folds `step` over the window's places inside the map, `c` being the first of up to LANES channels.
#define FOR_WINDOW(...)                                                                                                   \
    for (size_t ky = y0; ky < y1; ky++)                                                                                   \
        for (size_t kx = x0; kx < x1; kx++) {                                                                             \
            const float *seen = x + ((size_t)(top + (ptrdiff_t)ky) * w.width + (size_t)(left + (ptrdiff_t)kx)) * w.ldx;   \
            __VA_ARGS__                                                                                                   \
        }

INLINE void depthwise_as(size_t channels, struct ck_window w, size_t first, size_t last, const float *x,
                         const float *weight, const float *bias, enum ck_activation activation, float *y, size_t ldy) {
    for (size_t row = first; row < last; row++) {
        ptrdiff_t top, left;
        size_t y0, y1, x0, x1;
        clip(row, w.stride, w.top, w.height, w.kernel_height, &top, &y0, &y1);
        for (size_t column = 0; column < w.out_width; column++) {
            clip(column, w.stride, w.left, w.width, w.kernel_width, &left, &x0, &x1);
            float *out = y + (row * w.out_width + column) * ldy;
            size_t c = 0;
            for (; c + LANES <= channels; c += LANES) {
                vfloat s = load(bias + c);
                FOR_WINDOW(s += load(seen + c) * load(weight + (ky * w.kernel_width + kx) * channels + c);)
                store(out + c, activated(s, activation));
            }
            if (c < channels) {
                size_t n = channels - c;
                vfloat s = load_some(bias + c, n);
                FOR_WINDOW(s += load_some(seen + c, n) * load_some(weight + (ky * w.kernel_width + kx) * channels + c, n);)
                store_some(out + c, activated(s, activation), n);
            }
        }
    }
}

static void depthwise(size_t channels, struct ck_window w, size_t first, size_t last, const float *x, const float *weight,
                      const float *bias, enum ck_activation activation, float *y, size_t ldy) {
#define CASE(name)                                                                                                        \
    case name: depthwise_as(channels, w, first, last, x, weight, bias, name, y, ldy); return;
    switch (activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) }
#undef CASE
}

static void max_pool(size_t channels, struct ck_window w, size_t first, size_t last, const float *x, float *y, size_t ldy) {
    for (size_t row = first; row < last; row++) {
        ptrdiff_t top, left;
        size_t y0, y1, x0, x1;
        clip(row, w.stride, w.top, w.height, w.kernel_height, &top, &y0, &y1);
        for (size_t column = 0; column < w.out_width; column++) {
            clip(column, w.stride, w.left, w.width, w.kernel_width, &left, &x0, &x1);
            float *out = y + (row * w.out_width + column) * ldy;
            for (size_t c = 0; c < channels; c += LANES) {
                size_t n = channels - c < LANES ? channels - c : LANES;
                vfloat top_value = splat(-INFINITY);
                if (n == LANES) {
                    FOR_WINDOW(top_value = largest(top_value, load(seen + c));)
                    store(out + c, top_value);
                } else {
                    FOR_WINDOW(top_value = largest(top_value, load_some(seen + c, n));)
                    store_some(out + c, top_value, n);
                }
            }
        }
    }
}
#undef FOR_WINDOW
