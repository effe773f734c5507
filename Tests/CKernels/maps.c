// What slides a window over a feature map.
#include "check.h"
#include <math.h>
#include <string.h>

/// The map under a window's place, zero outside; `outside` says which.
static double seen(struct ck_window w, const float *x, size_t row, size_t column, size_t ky, size_t kx, size_t channel, bool *outside) {
    ptrdiff_t y = (ptrdiff_t)(row * w.stride + ky) + w.top, place = (ptrdiff_t)(column * w.stride + kx) + w.left;
    *outside = y < 0 || place < 0 || y >= (ptrdiff_t)w.height || place >= (ptrdiff_t)w.width;
    return *outside ? 0 : x[((size_t)y * w.width + (size_t)place) * w.ldx + channel];
}

static void check_window(form f, size_t channels, size_t kernel_height, size_t kernel_width, size_t stride, bool zeros) {
    const size_t height = 9, width = 11, rows = (height - 1) / stride + 1, columns = (width - 1) / stride + 1, run = kernel_width * channels;
    const struct ck_window w = {height, width, channels + 3, kernel_height, kernel_width, stride, -(ptrdiff_t)kernel_height / 2,
                                -(ptrdiff_t)kernel_width / 2, columns};
    float *x = numbers(height * width * w.ldx, 12), *weight = numbers(kernel_height * run, 13), *bias = numbers(channels, 14);
    float *deep = room(rows * columns * (channels + 1)), *top = room(rows * columns * (channels + 1)), *copied = room(rows * columns * kernel_height * run);
    float *mean = room(rows * columns * (channels + 1));
    for (size_t first = 0; first < rows; first += 4) {
        const size_t last = first + 4 < rows ? first + 4 : rows;
        f->depthwise(channels, w, first, last, x, weight, bias, CK_SILU, test_bounds, deep, channels + 1);
        f->max_pool(channels, w, zeros, first, last, x, top, channels + 1);
        f->average_pool(channels, w, zeros, first, last, x, mean, channels + 1);
    }
    const size_t length = kernel_height * run;
    const float end = 7;
    float *ended = room(rows * columns * (length + 3)), blank;
    memset(&blank, 128, sizeof blank);
    f->im2col(channels, w, 0, 7, x, 0, NULL, copied, length);
    f->im2col(channels, w, 7, rows * columns, x, 0, NULL, copied + 7 * length, length);
    f->im2col(channels, w, 0, rows * columns, x, 128, &end, ended, length + 3);
    for (size_t place = 0; place < rows * columns; place++) {
        expect(f, "the end of a column", ended[place * (length + 3) + length], end, 0);
        for (size_t c = 0; c < channels; c++) {
            double sum = bias[c], most = -INFINITY, total = 0, inside = 0;
            for (size_t ky = 0; ky < kernel_height; ky++)
                for (size_t kx = 0; kx < kernel_width; kx++) {
                    bool outside;
                    double value = seen(w, x, place / columns, place % columns, ky, kx, c, &outside);
                    sum += value * weight[(ky * kernel_width + kx) * channels + c];
                    if ((zeros || !outside) && value > most) most = value;
                    total += value, inside += zeros || !outside;
                    const size_t at = ky * run + kx * channels + c;
                    expect(f, "a column of im2col", copied[place * length + at], value, 0);
                    expect(f, "a column with an end", ended[place * (length + 3) + at], outside ? blank : value, 0);
                }
            expect(f, "a depthwise convolution", deep[place * (channels + 1) + c], expected_activation(sum, CK_SILU), 1e-5);
            expect(f, "a pooled map", top[place * (channels + 1) + c], most, 0);
            expect(f, "an averaged map", mean[place * (channels + 1) + c], total / inside, 1e-6);
        }
    }
}

/// A place of the enlarged map: bilinear, corners not aligned.
static double enlarged(const float *taps, size_t height, size_t width, size_t row, double y, double x, size_t at) {
    y = fmax(y, 0), x = fmax(x, 0);
    size_t top = (size_t)y, left = (size_t)x, below = top + 1 < height ? top + 1 : top, right = left + 1 < width ? left + 1 : left;
    double v = y - (double)top, u = x - (double)left;
    return (1 - v) * ((1 - u) * taps[(top * width + left) * row + at] + u * taps[(top * width + right) * row + at])
        + v * ((1 - u) * taps[(below * width + left) * row + at] + u * taps[(below * width + right) * row + at]);
}

static void check_enlarged_taps(form f, size_t channels, size_t scale) {
    const size_t height = 4, width = 3, tall = height * scale, wide = width * scale, row = 9 * channels;
    float *taps = numbers(height * width * row, 15), *bias = numbers(channels, 16), *planes = room(channels * tall * wide);
    f->enlarged_taps(height, width, channels, scale, 0, tall / 2, taps, bias, planes, room((3 * width + 1) * channels));
    f->enlarged_taps(height, width, channels, scale, tall / 2, tall, taps, bias, planes, room((3 * width + 1) * channels));
    for (size_t c = 0; c < channels; c++)
        for (size_t y = 0; y < tall; y++)
            for (size_t x = 0; x < wide; x++) {
                double sum = bias[c];
                for (size_t tap = 0; tap < 9; tap++) {
                    const size_t ky = y + tap / 3, kx = x + tap % 3;
                    if (ky < 1 || kx < 1 || ky > tall || kx > wide) continue;
                    sum += enlarged(taps, height, width, row, ((double)ky - 0.5) / (double)scale - 0.5, ((double)kx - 0.5) / (double)scale - 0.5,
                                    tap * channels + c);
                }
                expect(f, "an enlarged convolution", planes[(c * tall + y) * wide + x], sum, 1e-5);
            }
}

void test_maps(form f) {
    for (size_t channels = 1; channels < 40; channels += 6)
        for (size_t stride = 1; stride < 3; stride++) {
            check_window(f, channels, 3, 3, stride, false);
            check_window(f, channels, 5, 5, stride, true);
            check_window(f, channels, 2, 4, stride, false);
        }
    check_enlarged_taps(f, 17, 4);
    check_enlarged_taps(f, 3, 2);
}
