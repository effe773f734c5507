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

/// The sums of one output place, `n` channels from the first on.
INLINE vfloat depthwise_place(struct ck_window w, size_t channels, ptrdiff_t top, size_t y0, size_t y1, ptrdiff_t left,
                              size_t x0, size_t x1, const float *x, const float *weight, const float *bias, size_t n) {
    if (n == LANES) {
        vfloat s = load(bias);
        FOR_WINDOW(s += load(seen) * load(weight + (ky * w.kernel_width + kx) * channels);)
        return s;
    }
    vfloat s = load_some(bias, n);
    FOR_WINDOW(s += load_some(seen, n) * load_some(weight + (ky * w.kernel_width + kx) * channels, n);)
    return s;
}

/// `count` places beside each other under square filters of a size and a stride, LANES channels, all inside the map: what they share is
/// loaded once.
INLINE void depthwise_beside(size_t count, size_t size, size_t stride, size_t row, const float *seen, size_t ldx, const vfloat *filter,
                             vfloat bias, enum ck_activation activation, struct ck_bounds bounds, float *out, size_t ldy) {
    vfloat s[4];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) s[i] = bias;
#pragma clang loop unroll(full)
    for (size_t ky = 0; ky < size; ky++) {
#pragma clang loop unroll(full)
        for (size_t x = 0; x < (count - 1) * stride + size; x++) {
            const vfloat v = load(seen + ky * row + x * ldx);
#pragma clang loop unroll(full)
            for (size_t i = 0; i < count; i++)
                if (x >= i * stride && x < i * stride + size) s[i] += v * filter[ky * size + x - i * stride];
        }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) store(out + i * ldy, activated(s[i], activation, bounds));
}

INLINE void depthwise_as(size_t channels, struct ck_window w, size_t first, size_t last, const float *x,
                         const float *weight, const float *bias, enum ck_activation activation, struct ck_bounds bounds, float *y,
                         size_t ldy) {
    for (size_t row = first; row < last; row++) {
        ptrdiff_t top, left;
        size_t y0, y1, x0, x1;
        clip(row, w.stride, w.top, w.height, w.kernel_height, &top, &y0, &y1);
        const size_t size = w.kernel_width;
        const bool square = (size == 3 || size == 5) && w.kernel_height == size && y0 == 0 && y1 == size && w.stride <= 2;
        for (size_t c = 0; c < channels; c += LANES) {
            const size_t n = channels - c < LANES ? channels - c : LANES;
            float *out = y + row * w.out_width * ldy + c;
            vfloat filter[25];
            for (size_t i = 0; square && n == LANES && i < size * size; i++) filter[i] = load(weight + i * channels + c);
            for (size_t column = 0, step = 1; column < w.out_width; column += step, out += step * ldy) {
                step = 1;
                clip(column, w.stride, w.left, w.width, w.kernel_width, &left, &x0, &x1);
                if (square && n == LANES && x0 == 0 && x1 == size) {
                    const float *seen = x + ((size_t)top * w.width + (size_t)left) * w.ldx + c;
                    const vfloat b = load(bias + c);
                    if (column + 4 <= w.out_width && (size_t)left + 3 * w.stride + size <= w.width) step = 4;
#define BESIDE(count, size, stride) \
    depthwise_beside(count, size, stride, w.width * w.ldx, seen, w.ldx, filter, b, activation, bounds, out, ldy)
                    if (size == 3 && step == 1) BESIDE(1, 3, 1);
                    else if (size == 3 && w.stride == 1) BESIDE(4, 3, 1);
                    else if (size == 3) BESIDE(4, 3, 2);
                    else if (step == 1) BESIDE(1, 5, 1);
                    else if (w.stride == 1) BESIDE(4, 5, 1);
                    else BESIDE(4, 5, 2);
#undef BESIDE
                    continue;
                }
                vfloat s = activated(depthwise_place(w, channels, top, y0, y1, left, x0, x1, x + c, weight + c, bias + c, n), activation, bounds);
                if (n == LANES)
                    store(out, s);
                else
                    store_some(out, s, n);
            }
        }
    }
}

static void depthwise(size_t channels, struct ck_window w, size_t first, size_t last, const float *x, const float *weight,
                      const float *bias, enum ck_activation activation, struct ck_bounds bounds, float *y, size_t ldy) {
    // Unrolled with the activation of the detector that ships; others take a pass of their own, so that the program stays small.
    if (activation == CK_SILU) {
        depthwise_as(channels, w, first, last, x, weight, bias, CK_SILU, bounds, y, ldy);
        return;
    }
    for (size_t row = first; row < last; row++) {
        depthwise_as(channels, w, row, row + 1, x, weight, bias, CK_NONE, bounds, y, ldy);
        float *out = y + row * w.out_width * ldy;
        for (size_t column = 0; activation != CK_NONE && column < w.out_width; column++, out += ldy) activate(channels, out, activation, bounds);
    }
}

/// What lies under a window, channel by channel: its largest or, with `averages`, its mean. Places outside the map do not count, or
/// are zeros.
INLINE void pool_as(size_t channels, struct ck_window w, bool zeros, size_t first, size_t last, const float *x, float *y, size_t ldy,
                    bool averages) {
    for (size_t row = first; row < last; row++) {
        ptrdiff_t top, left;
        size_t y0, y1, x0, x1;
        clip(row, w.stride, w.top, w.height, w.kernel_height, &top, &y0, &y1);
        for (size_t column = 0; column < w.out_width; column++) {
            clip(column, w.stride, w.left, w.width, w.kernel_width, &left, &x0, &x1);
            float *out = y + (row * w.out_width + column) * ldy;
            const size_t inside = (y1 - y0) * (x1 - x0), area = w.kernel_height * w.kernel_width;
            const vfloat share = splat(averages ? 1 / (float)(zeros ? area : inside) : 1);
            const vfloat none = splat(averages || (zeros && inside < area) ? 0 : -INFINITY);
            for (size_t c = 0; c < channels; c += LANES) {
                size_t n = channels - c < LANES ? channels - c : LANES;
                vfloat value = none;
                if (n == LANES) {
                    FOR_WINDOW(value = averages ? value + load(seen + c) : largest(value, load(seen + c));)
                    store(out + c, averages ? value * share : value);
                } else {
                    FOR_WINDOW(value = averages ? value + load_some(seen + c, n) : largest(value, load_some(seen + c, n));)
                    store_some(out + c, averages ? value * share : value, n);
                }
            }
        }
    }
}

static void max_pool(size_t channels, struct ck_window w, bool zeros, size_t first, size_t last, const float *x, float *y,
                     size_t ldy) {
    pool_as(channels, w, zeros, first, last, x, y, ldy, false);
}

static void average_pool(size_t channels, struct ck_window w, bool zeros, size_t first, size_t last, const float *x, float *y,
                         size_t ldy) {
    pool_as(channels, w, zeros, first, last, x, y, ldy, true);
}
#undef FOR_WINDOW

/// memcpy of runs that are too short for a call to pay.
INLINE void copy(float *to, const float *from, size_t n) {
    if (n < LANES) {
        for (size_t i = 0; i < n; i++) to[i] = from[i];
        return;
    }
    for (size_t i = 0; i + LANES <= n; i += LANES) store(to + i, load(from + i));
    store(to + n - LANES, load(from + n - LANES));
}

static void im2col(size_t channels, struct ck_window w, size_t first, size_t last, const float *x, int blank, const float *end,
                   float *columns, size_t ldcolumns) {
    const size_t run = w.kernel_width * channels;
    size_t row = first / w.out_width, column = first % w.out_width;
    for (float *from = columns; first < last; first++, columns = from += ldcolumns) {
        ptrdiff_t top, left;
        size_t y0, y1, x0, x1;
        clip(row, w.stride, w.top, w.height, w.kernel_height, &top, &y0, &y1);
        clip(column, w.stride, w.left, w.width, w.kernel_width, &left, &x0, &x1);
        for (size_t ky = 0; ky < w.kernel_height; ky++, columns += run) {
            if (ky < y0 || ky >= y1) {
                memset(columns, blank, run * sizeof(float));
                continue;
            }
            const float *seen = x + ((top + (ptrdiff_t)ky) * (ptrdiff_t)w.width + left) * (ptrdiff_t)w.ldx;
            if (x0 == 0 && x1 == w.kernel_width && w.ldx == channels) {
                copy(columns, seen, run);
                continue;
            }
            for (size_t kx = 0; kx < w.kernel_width; kx++) {
                if (kx < x0 || kx >= x1)
                    memset(columns + kx * channels, blank, channels * sizeof(float));
                else
                    copy(columns + kx * channels, seen + kx * w.ldx, channels);
            }
        }
        if (end) *columns = *end;
        if (++column == w.out_width) column = 0, row++;
    }
}
