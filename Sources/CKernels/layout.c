#include "CKernels.h"
#include <string.h>

void ck_channels_last(size_t channels, size_t count, size_t first, size_t last, const float *x, float *y, size_t ldy) {
    if (channels == 3 && ldy == 3) {
        // A picture: the compiler interleaves these with shuffles.
        for (size_t i = first; i < last; i++) {
            y[i * 3] = x[i];
            y[i * 3 + 1] = x[count + i];
            y[i * 3 + 2] = x[2 * count + i];
        }
        return;
    }
    for (size_t i = first; i < last; i++)
        for (size_t c = 0; c < channels; c++) y[i * ldy + c] = x[c * count + i];
}

void ck_channels_first(size_t channels, size_t count, const float *x, size_t ldx, float *y) {
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < count; i++) y[c * count + i] = x[i * ldx + c];
}

void ck_double(size_t channels, size_t width, size_t first, size_t last, const float *x, size_t ldx, float *y, size_t ldy) {
    for (size_t row = first; row < last; row++)
        for (size_t copy = 0; copy < 2; copy++)
            for (size_t column = 0; column < 2 * width; column++)
                memcpy(y + ((2 * row + copy) * 2 * width + column) * ldy, x + (row * width + column / 2) * ldx,
                       channels * sizeof(float));
}
