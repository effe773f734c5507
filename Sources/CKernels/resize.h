// Bilinear resizing of pictures of 8 bits in whole numbers: weights of 11 bits, rounded down twice on the way, as OpenCV does it
// (`HResizeLinear`, `VResizeLinear`, `FixedPtCast`).
#pragma once
#include "CKernels.h"

typedef unsigned char pixel __attribute__((ext_vector_type(4)));
typedef int pixel_sum __attribute__((ext_vector_type(4)));

static void resample(size_t count, const struct ck_tap *taps, const unsigned char *row, size_t width, int *values) {
    for (size_t i = 0; i < count; i++) {
        const struct ck_tap tap = taps[i];
        pixel first = 0, second = 0;
        // Beyond the last pixel there may be no byte to read along.
        memcpy(&first, row + 3 * tap.first, tap.first + 1 < width ? 4 : 3);
        memcpy(&second, row + 3 * tap.second, tap.second + 1 < width ? 4 : 3);
        const pixel_sum sum = (__builtin_convertvector(first, pixel_sum) * tap.first_weight
                               + __builtin_convertvector(second, pixel_sum) * tap.second_weight) >> 4;
        values[i] = sum[0];
        values[count + i] = sum[1];
        values[2 * count + i] = sum[2];
    }
}

static void blend(size_t count, const int *above, const int *below, int above_weight, int below_weight, float *y) {
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((((above[i] * above_weight) >> 16) + ((below[i] * below_weight) >> 16) + 2) >> 2);
}
