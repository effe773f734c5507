// What is done to the rows of a matrix: layer norm, softmax, attention, activations.
#pragma once
#include "vector.h"

static void layer_norm(size_t rows, size_t width, const float *x, const float *gain, const float *bias, float epsilon,
                       float *y) {
    size_t whole = width / LANES * LANES, rest = width - whole;
    for (size_t i = 0; i < rows; i++, x += width, y += width) {
        vfloat total = rest ? load_some(x + whole, rest) : splat(0);
        for (size_t j = 0; j < whole; j += LANES) total += load(x + j);
        const vfloat mean = splat(sum(total) / (float)width);
        vfloat squares = splat(0);
        for (size_t j = 0; j < whole; j += LANES) {
            vfloat d = load(x + j) - mean;
            squares += d * d;
        }
        float variance = sum(squares);
        for (size_t j = whole; j < width; j++) variance += (x[j] - mean[0]) * (x[j] - mean[0]);
        const float scale = 1 / sqrtf(variance / (float)width + epsilon);
        for (size_t j = 0; j < whole; j += LANES)
            store(y + j, (load(x + j) - mean) * splat(scale) * load(gain + j) + load(bias + j));
        for (size_t j = whole; j < width; j++) y[j] = (x[j] - mean[0]) * scale * gain[j] + bias[j];
    }
}

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
        for (size_t j = 0; j < whole; j += LANES) top = largest(top, load(x + j));
        const vfloat peak = splat(maximum(top) * scale);
        vfloat total = splat(0);
        for (size_t j = 0; j < whole; j += LANES) {
            vfloat e = exponential(load(x + j) * splat(scale) - peak);
            store(x + j, e);
            total += e;
        }
        if (rest) {
            store_some(x + whole, exponential(last * splat(scale) - peak), rest);
            total += load_some(x + whole, rest);
        }
        const float share = 1 / sum(total);
        for (size_t j = 0; j < whole; j += LANES) store(x + j, load(x + j) * splat(share));
        for (size_t j = whole; j < width; j++) x[j] *= share;
    }
}

/// Queries of attention whose scores are held at once: they stay in the L1 cache between the two products.
enum { QUERIES = 2 * ROWS };

INLINE void activate_as(size_t count, float *x, enum ck_activation activation) {
    size_t j = 0;
    for (; j + LANES <= count; j += LANES) store(x + j, activated(load(x + j), activation));
    if (j < count) store_some(x + j, activated(load_some(x + j, count - j), activation), count - j);
}

static void activate(size_t count, float *x, enum ck_activation activation) {
#define CASE(name)                                                                                                        \
    case name: activate_as(count, x, name); return;
    switch (activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) }
#undef CASE
}
