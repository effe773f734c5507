// Activations, and the layouts that are the same in every form.
#include "check.h"
#include <math.h>

void test_rows(form f) {
    for (size_t count = 1; count < 70; count += 3) {
        for (enum ck_activation activation = CK_NONE; activation <= CK_CLAMP; activation++) {
            float *x = numbers(count, 10), *y = numbers(count, 10);
            for (size_t i = 0; i < count; i++) x[i] *= 9, y[i] *= 9;
            f->activate(count, y, activation, test_bounds);
            for (size_t i = 0; i < count; i++) expect(f, "an activation", y[i], expected_activation(x[i], activation), 3e-6);
        }
        float *x = numbers(2 * count + 1, 15), *y = numbers(2 * count + 1, 15);
        f->softmax(2, count, 3, y, count + 1);
        for (size_t row = 0; row < 2; row++) {
            double total = 0;
            for (size_t i = 0; i < count; i++) total += exp(3 * (double)x[row * (count + 1) + i]);
            for (size_t i = 0; i < count; i++)
                expect(f, "a softmax", y[row * (count + 1) + i], exp(3 * (double)x[row * (count + 1) + i]) / total, 1e-6);
        }
        expect(f, "what lies between rows", y[count], x[count], 0);
    }
}

void test_layouts(void) {
    for (size_t channels = 1; channels < 6; channels += 2) {
        const size_t width = 7, height = 5, count = height * width, ld = channels + 2;
        float *x = numbers(channels * count, 11), *last = room(count * ld), *first = room(channels * count);
        ck_channels_last(channels, count, 0, 20, x, last, ld);
        ck_channels_last(channels, count, 20, count, x, last, ld);
        ck_channels_first(channels, count, last, ld, first);
        float *twice = room(4 * count * channels);
        ck_double(channels, width, 0, height, last, ld, twice, channels);
        for (size_t c = 0; c < channels; c++) {
            for (size_t i = 0; i < count; i++) {
                expect(NULL, "channels last", last[i * ld + c], x[c * count + i], 0);
                expect(NULL, "channels first", first[c * count + i], x[c * count + i], 0);
            }
            for (size_t i = 0; i < 4 * count; i++)
                expect(NULL, "a doubled map", twice[i * channels + c], x[c * count + i / (2 * width) / 2 * width + i % (2 * width) / 2], 0);
        }
    }
}
