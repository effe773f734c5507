// Bilinear resizing of pictures of 8 bits in whole numbers: weights of 11 bits, rounded down twice on the way, as OpenCV does it
// (`HResizeLinear`, `VResizeLinear`, `FixedPtCast`).
#pragma once
#include "CKernels.h"

/// A pixel in the lower 24 bits. With four bytes read at once the compiler gathers them; behind a row's last pixel there may be no fourth.
INLINE int pixel(const unsigned char *row, int place, int bytes) {
    int value = 0;
    memcpy(&value, row + 3 * place, bytes);
    return value;
}

INLINE void resample_some(size_t first, size_t end, struct ck_taps taps, const unsigned char *row, int bytes, size_t count, int *values) {
    for (size_t i = first; i < end; i++) {
        const int left = pixel(row, taps.first[i], bytes), right = pixel(row, taps.second[i], bytes);
        const int here = taps.first_weight[i], there = taps.second_weight[i];
        values[i] = ((left & 255) * here + (right & 255) * there) >> 4;
        values[count + i] = ((left >> 8 & 255) * here + (right >> 8 & 255) * there) >> 4;
        values[2 * count + i] = ((left >> 16 & 255) * here + (right >> 16 & 255) * there) >> 4;
    }
}

static void resample(size_t count, struct ck_taps taps, const unsigned char *row, size_t width, int *restrict values) {
    size_t inside = count;
    while (inside > 0 && (size_t)taps.second[inside - 1] + 1 >= width) inside--;
    resample_some(0, inside, taps, row, 4, count, values);
    resample_some(inside, count, taps, row, 3, count, values);
}

static void blend(size_t count, const int *above, const int *below, int above_weight, int below_weight, float *y) {
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((((above[i] * above_weight) >> 16) + ((below[i] * below_weight) >> 16) + 2) >> 2);
}
