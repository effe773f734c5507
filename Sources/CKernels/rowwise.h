// What is done to the rows of a matrix: layer norm, softmax, attention, activations.
#pragma once
#include "vector.h"

/// The sum of `(x - shift)` or, with `squared`, of its square. Four sums beside each other: one would wait for each addition.
INLINE float shifted_sum(size_t count, const float *x, float shift, bool squared) {
    vfloat sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    size_t j = 0;
    for (; j + 4 * LANES <= count; j += 4 * LANES)
#pragma clang loop unroll(full)
        for (size_t i = 0; i < 4; i++) {
            vfloat d = load(x + j + i * LANES) - splat(shift);
            sums[i] += squared ? d * d : d;
        }
    for (; j + LANES <= count; j += LANES) {
        vfloat d = load(x + j) - splat(shift);
        sums[0] += squared ? d * d : d;
    }
    float total = sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; j < count; j++) total += squared ? (x[j] - shift) * (x[j] - shift) : x[j] - shift;
    return total;
}

static void layer_norm(size_t rows, size_t width, const float *x, const float *gain, const float *bias, float epsilon,
                       float *y) {
    const size_t whole = width / LANES * LANES;
    for (size_t i = 0; i < rows; i++, x += width, y += width) {
        const float mean = shifted_sum(width, x, 0, false) / (float)width;
        const float scale = 1 / sqrtf(shifted_sum(width, x, mean, true) / (float)width + epsilon);
        for (size_t j = 0; j < whole; j += LANES)
            store(y + j, (load(x + j) - splat(mean)) * splat(scale) * load(gain + j) + load(bias + j));
        for (size_t j = whole; j < width; j++) y[j] = (x[j] - mean) * scale * gain[j] + bias[j];
    }
}

/// e^x, and 0 below e^-60, which no sum in fp32 would notice: what is smaller still would make products too small for normal numbers, at
/// which processors take a hundred times as long.
INLINE vfloat share_of_peak(vfloat x) { return x < splat(-60) ? splat(0) : exponential(x); }

static void softmax(size_t rows, size_t width, float scale, float *x, size_t ldx) {
    size_t whole = width / LANES * LANES, rest = width - whole;
    for (size_t i = 0; i < rows; i++, x += ldx) {
        // The lanes past the end hold the first element, so that they change no maximum; their share of the sum is taken out.
        vfloat last = splat(x[0]);
        if (rest) {
            float lanes[LANES];
            store(lanes, last);
            memcpy(lanes, x + whole, rest * sizeof(float));
            last = load(lanes);
        }
        vfloat top = last;
        for (size_t j = 0; j < whole; j += LANES) top = largest(load(x + j), top);
        const vfloat peak = splat(maximum(top) * scale);
        vfloat total = splat(0);
        for (size_t j = 0; j < whole; j += LANES) {
            vfloat e = share_of_peak(load(x + j) * splat(scale) - peak);
            store(x + j, e);
            total += e;
        }
        if (rest) {
            store_some(x + whole, share_of_peak(last * splat(scale) - peak), rest);
            total += load_some(x + whole, rest);
        }
        const float share = 1 / sum(total);
        for (size_t j = 0; j < whole; j += LANES) store(x + j, load(x + j) * splat(share));
        for (size_t j = whole; j < width; j++) x[j] *= share;
    }
}

/// Queries of attention whose scores are held at once: they stay in the L1 cache between the two products.
enum { QUERIES = 2 * BLOCK };

INLINE void activate_as(size_t count, float *x, enum ck_activation activation, struct ck_bounds bounds) {
    size_t j = 0;
    for (; j + LANES <= count; j += LANES) store(x + j, activated(load(x + j), activation, bounds));
    if (j < count) store_some(x + j, activated(load_some(x + j, count - j), activation, bounds), count - j);
}

static void activate(size_t count, float *x, enum ck_activation activation, struct ck_bounds bounds) {
#define CASE(name)                                                                                                        \
    case name: activate_as(count, x, name, bounds); return;
    switch (activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) CASE(CK_CLAMP) }
#undef CASE
}
