// Matrix products, layer norm and attention, in every precision that the form has.
#include "check.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

/// How far a sum of so many products of numbers up to 1 may be off, six deviations or more: rounded sums, both sides rounded to 8 bits of
/// mantissa, or to steps of 1 / 127. A word holds 1, 2 or 4 numbers.
static double error_of(const struct ck_products *products, size_t terms) {
    return (double[]){2e-6, 1.0 / 256, 1.0 / 100}[products->per_word / 2] * (sqrt((double)terms) + 3);
}

/// Rows of words as numbers: their product with the unit matrix.
static float *read(const struct ck_products *products, size_t rows, size_t k, const float *words) {
    float *unit = room(k * k), *packed = room(products->packed_count(k, k)), *y = room(rows * k);
    for (size_t i = 0; i < k; i++) unit[i * k + i] = 1;
    products->pack(k, k, unit, k, packed);
    products->gemm(rows, 0, k, k, words, true, products->row_words(k), packed, k, y, k, (struct ck_epilogue){0});
    return y;
}

static void check_product(form f, const struct ck_products *products, size_t m, size_t k, size_t n, struct ck_epilogue epilogue, bool from_words) {
    const size_t lda = k + 3, ldc = n + 5, ldb = k + 1;
    float *a = numbers(m * lda, 1), *b = numbers(n * ldb, 2), *bias = numbers(n, 3), *residual = numbers(m * (n + 2), 4);
    float *c = numbers(m * ldc, 5), *before = numbers(m * ldc, 5), *packed = room(products->packed_count(n, k));
    float *words = room(m * products->row_words(k));
    if (epilogue.bias) epilogue.bias = bias;
    if (epilogue.residual) epilogue.residual = residual, epilogue.ldresidual = n + 2;
    products->pack(n, k, b, ldb, packed);
    products->rows_to_words(m, k, a, lda, words);
    const size_t middle = n < f->tile_columns ? n : f->tile_columns, edges[] = {0, middle, n};
    for (size_t part = 0; part < 2; part++)
        if (edges[part] < edges[part + 1])
            products->gemm(m, edges[part], edges[part + 1], k, from_words ? words : a, from_words,
                           from_words ? products->row_words(k) : lda, packed, n, c, ldc, epilogue);
    const double tolerance = 1.2 * error_of(products, k);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = epilogue.accumulate ? before[i * ldc + j] : 0;
            for (size_t p = 0; p < k; p++) sum += (double)a[i * lda + p] * b[j * ldb + p];
            double y = expected_activation(sum + (epilogue.bias ? bias[j] : 0), epilogue.activation);
            expect(f, "a product", c[i * ldc + j], y + (epilogue.residual ? residual[i * (n + 2) + j] : 0), tolerance);
        }
        for (size_t j = n; j < ldc; j++) expect(f, "what lies beside a product", c[i * ldc + j], before[i * ldc + j], 0);
    }
}

/// What a window of `height` rows of `piece` numbers sees of rows that overlap, of which some lie outside.
static void check_pieces(form f, size_t m, size_t n, size_t height, size_t piece, size_t first, size_t last) {
    const struct ck_products *products = f->fp32;
    if (!products->gemm_pieces) return;
    const size_t k = height * piece, lda = piece / 2 + 1, ldpiece = m * lda + piece;
    float *a = numbers(height * ldpiece, 21), *b = numbers(n * k, 22), *bias = numbers(n, 23), *residual = numbers(m * n, 24), *c = room(m * n);
    float *packed = room(products->packed_count(n, k));
    products->pack(n, k, b, k, packed);
    const struct ck_epilogue epilogue = {.bias = bias, .activation = CK_SILU, .residual = residual, .ldresidual = n};
    products->gemm_pieces(m, n, k, piece, first, last, a + first * ldpiece, lda, ldpiece, packed, c, n, epilogue);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = bias[j];
            for (size_t p = first * piece; p < last * piece; p++)
                sum += (double)a[p / piece * ldpiece + i * lda + p % piece] * b[j * k + p];
            expect(f, "a product of pieces", c[i * n + j], expected_activation(sum, CK_SILU) + residual[i * n + j], error_of(products, k));
        }
}

/// Windows over rows of words, as a convolution sees them.
static void check_slide(form f, size_t rows, size_t places, size_t n, size_t pieces, size_t channels, size_t stride, bool accumulate) {
    const struct ck_products *products = f->bf16;
    if (!products) return;
    const size_t step = channels / 2, seen = 3 * step, words = (seen + products->deep_words - 1) / products->deep_words * products->deep_words;
    const size_t piece = 2 * words, k = pieces * piece, ldrow = (places * stride + 2) * step, count = (rows + pieces) * ldrow + words;
    float *x = numbers(2 * count, 31), *b = numbers(n * k, 32), *bias = numbers(n, 33), *residual = numbers(rows * places * n, 34);
    float *words_of_x = room(count), *packed = room(products->packed_count(n, k)), *c = numbers(rows * places * n, 35);
    float *before = numbers(rows * places * n, 35);
    products->map_to_words(1, 2 * count, x, 2 * count, 0, words_of_x);
    for (size_t i = 0; i < n * k; i++)
        if (i % piece >= 2 * seen) b[i] = 0;
    products->pack(n, k, b, k, packed);
    const struct ck_epilogue epilogue = {
        .bias = bias, .activation = CK_RELU, .accumulate = accumulate, .residual = accumulate ? NULL : residual, .ldresidual = n};
    products->slide(rows, places, n, pieces, piece, words_of_x, stride * step, ldrow, ldrow, packed, c, n, epilogue);
    for (size_t i = 0; i < rows * places; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = bias[j] + (accumulate ? before[i * n + j] : 0);
            const float *from = x + 2 * (i / places * ldrow + i % places * stride * step);
            for (size_t p = 0; p < k; p++) sum += (double)from[p / piece * 2 * ldrow + p % piece] * b[j * k + p];
            expect(f, "a sliding window", c[i * n + j], expected_activation(sum, CK_RELU) + (accumulate ? 0 : residual[i * n + j]),
                   1.2 * error_of(products, k));
        }
}

/// Words of a map, which share one scale.
static void check_map(form f, const struct ck_products *products, size_t places, size_t k, size_t ldx) {
    const size_t words = (k + products->per_word - 1) / products->per_word, row = products->row_words(k);
    float *x = numbers(places * ldx, 6), *together = room(places * words), *rows = room(places * row);
    float top = 0;
    for (size_t i = 0; i < places * k; i++) top = fmaxf(top, fabsf(x[i / k * ldx + i % k]));
    const float magnitude = products->magnitude ? products->magnitude(places, k, x, ldx) : 0;
    expect(f, "a magnitude", magnitude, products->magnitude ? top : 0, 0);
    const float scale = products->map_to_words(places, k, x, ldx, magnitude, together);
    for (size_t i = 0; i < places; i++) {
        memcpy(rows + i * row, together + i * words, words * sizeof(float));
        if (products->magnitude) rows[i * row + words] = scale;
    }
    float *y = read(products, places, k, rows);
    for (size_t i = 0; i < places * k; i++) expect(f, "a map's word", y[i], x[i / k * ldx + i % k], error_of(products, 1) / 4);
}

static void check_layer_norm(form f, const struct ck_products *products, size_t rows, size_t width) {
    float *x = numbers(rows * width, 6), *gain = numbers(width, 7), *bias = numbers(width, 8);
    float *words = room(rows * products->row_words(width));
    products->layer_norm(rows, width, x, gain, bias, 1e-6f, words);
    float *y = products->per_word == 1 ? words : read(products, rows, width, words);
    for (size_t i = 0; i < rows; i++) {
        double mean = 0, variance = 0;
        for (size_t j = 0; j < width; j++) mean += x[i * width + j] / (double)width;
        for (size_t j = 0; j < width; j++) variance += pow(x[i * width + j] - mean, 2) / (double)width;
        for (size_t j = 0; j < width; j++)
            expect(f, "layer norm", y[i * width + j], (x[i * width + j] - mean) / sqrt(variance + 1e-6) * gain[j] + bias[j],
                   error_of(products, 1));
    }
}

static void check_attention(form f, const struct ck_products *products, size_t tokens, size_t depth) {
    const bool pairs = products->per_word == 2;
    const size_t ld = 3 * depth, ld_words = pairs ? products->row_words(ld) : ld, step = pairs ? depth / 2 : depth;
    const size_t ldout = pairs ? products->row_words(depth) : depth;
    float *x = numbers(tokens * ld, 9), *words = x, *out = room(tokens * ldout), *scratch = room(products->attention_scratch(tokens, depth));
    if (pairs) products->rows_to_words(tokens, ld, x, ld, words = room(tokens * ld_words));
    for (size_t first = 0; first < tokens; first += 29)
        products->attention(tokens, depth, first, first + 29 < tokens ? first + 29 : tokens, words, words + step, words + 2 * step, ld_words,
                            0.7f, out, ldout, scratch);
    float *y = pairs ? read(products, tokens, depth, out) : out;
    for (size_t i = 0; i < tokens; i++) {
        double shares[256], total = 0;
        for (size_t t = 0; t < tokens; t++) {
            double score = 0;
            for (size_t p = 0; p < depth; p++) score += (double)x[i * ld + p] * x[t * ld + depth + p];
            total += shares[t] = exp(score * 0.7f);
        }
        for (size_t j = 0; j < depth; j++) {
            double sum = 0;
            for (size_t t = 0; t < tokens; t++) sum += shares[t] / total * x[t * ld + 2 * depth + j];
            expect(f, "attention", y[i * depth + j], sum, error_of(products, 1));
        }
    }
}

static void test_precision(form f, const struct ck_products *products) {
    static const size_t shapes[][3] = {{1, 1, 1}, {3, 7, 5}, {12, 32, 32}, {13, 33, 17}, {25, 192, 96}, {24, 193, 47}, {13, 3200, 5}, {50, 64, 33},
                                      {70, 3072, 70}};
    const float given = 0;  // stands for the numbers that check_product puts there
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const size_t m = shapes[s][0], k = shapes[s][1], n = shapes[s][2];
        for (enum ck_activation activation = CK_NONE; activation <= CK_CLAMP; activation++) {
            check_product(f, products, m, k, n, (struct ck_epilogue){.activation = activation, .bounds = test_bounds}, false);
            check_product(f, products, m, k, n, (struct ck_epilogue){.activation = activation, .bias = &given, .residual = &given, .bounds = test_bounds}, true);
            check_product(f, products, m, k, n, (struct ck_epilogue){.activation = activation, .bias = &given, .accumulate = true, .bounds = test_bounds}, true);
        }
        check_product(f, products, m, k, n, (struct ck_epilogue){.accumulate = true}, false);
        check_layer_norm(f, products, m, k + 3);
    }
    check_map(f, products, 1, 4, 7);
    check_map(f, products, 33, 36, 39);
    check_map(f, products, 33, 36, 36);
    if (products->per_word < 4) check_map(f, products, 21, 3, 3);
    check_attention(f, products, 1, 2);
    check_attention(f, products, 37, 6);
    check_attention(f, products, 192, 64);
}

void test_products(form f) {
    check_pieces(f, 29, 16, 6, 18, 0, 6);
    check_pieces(f, 29, 45, 3, 24, 1, 3);
    check_pieces(f, 1, 33, 3, 7, 0, 2);
    check_slide(f, 3, 37, 16, 3, 16, 1, false);
    check_slide(f, 2, 5, 45, 3, 22, 2, true);
    check_slide(f, 4, 64, 21, 2, 4, 1, true);
    check_slide(f, 1, 70, 33, 5, 64, 1, false);
    test_precision(f, f->fp32);
    if (f->bf16) test_precision(f, f->bf16);
    if (f->int8) test_precision(f, f->int8);
}
