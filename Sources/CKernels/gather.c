#include "CKernels.h"
#include <string.h>

void ck_gather(size_t channels, struct ck_window w, size_t first, size_t last, const float *x, float *columns) {
    const size_t row = w.kernel_width * channels;
    for (size_t place = first; place < last; place++) {
        ptrdiff_t top = (ptrdiff_t)(place / w.out_width * w.stride) + w.top;
        ptrdiff_t left = (ptrdiff_t)(place % w.out_width * w.stride) + w.left;
        bool inside = left >= 0 && left + (ptrdiff_t)w.kernel_width <= (ptrdiff_t)w.width;
        for (size_t ky = 0; ky < w.kernel_height; ky++, columns += row) {
            ptrdiff_t y = top + (ptrdiff_t)ky;
            if (y < 0 || y >= (ptrdiff_t)w.height) {
                memset(columns, 0, row * sizeof(float));
            } else if (inside && w.ldx == channels) {
                memcpy(columns, x + ((size_t)y * w.width + (size_t)left) * w.ldx, row * sizeof(float));
            } else {
                for (size_t kx = 0; kx < w.kernel_width; kx++) {
                    ptrdiff_t at = left + (ptrdiff_t)kx;
                    float *to = columns + kx * channels;
                    if (at < 0 || at >= (ptrdiff_t)w.width)
                        memset(to, 0, channels * sizeof(float));
                    else
                        memcpy(to, x + ((size_t)y * w.width + (size_t)at) * w.ldx, channels * sizeof(float));
                }
            }
        }
    }
}

void ck_channels_last(size_t channels, size_t count, size_t first, size_t last, const float *x, float *y, size_t ldy) {
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
