// A 3x3 convolution of a map enlarged bilinearly, after its taps have been multiplied out at the small size.
#pragma once
#include "vector.h"

/// The two places and their weights that bilinear enlargement `scale` times reads for place `at`, corners not aligned:
/// PyTorch's `area_pixel_compute_source_index`.
INLINE void between(size_t at, size_t scale, size_t size, size_t *low, size_t *high, float *share) {
    float source = ((float)at + 0.5f) / (float)scale - 0.5f;
    if (source < 0) source = 0;
    *low = (size_t)source;
    *high = *low + 1 < size ? *low + 1 : *low;
    *share = source - (float)*low;
}

static void enlarged_taps(size_t height, size_t width, size_t channels, size_t scale, size_t first, size_t last,
                          const float *taps, const float *bias, float *planes, float *scratch) {
    const size_t out_height = height * scale, out_width = width * scale, row = 3 * channels;
    float *sums = scratch + width * row;
    for (size_t y = first; y < last; y++) {
        memset(scratch, 0, width * row * sizeof(float));
        for (size_t ky = 0; ky < 3; ky++) {
            if (y + ky < 1 || y + ky > out_height) continue;
            size_t low, high;
            float share;
            between(y + ky - 1, scale, height, &low, &high, &share);
            for (size_t x = 0; x < width; x++) {
                const float *a = taps + ((low * width + x) * 3 + ky) * row, *b = taps + ((high * width + x) * 3 + ky) * row;
                float *to = scratch + x * row;
                for (size_t i = 0; i < row; i++) to[i] += a[i] + share * (b[i] - a[i]);
            }
        }
        for (size_t x = 0; x < out_width; x++) {
            memcpy(sums, bias, channels * sizeof(float));
            for (size_t kx = 0; kx < 3; kx++) {
                if (x + kx < 1 || x + kx > out_width) continue;
                size_t low, high;
                float share;
                between(x + kx - 1, scale, width, &low, &high, &share);
                const float *a = scratch + low * row + kx * channels, *b = scratch + high * row + kx * channels;
                for (size_t i = 0; i < channels; i++) sums[i] += a[i] + share * (b[i] - a[i]);
            }
            for (size_t i = 0; i < channels; i++) planes[(i * out_height + y) * out_width + x] = sums[i];
        }
    }
}
