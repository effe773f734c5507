// Products in int8: a word is four numbers that follow each other along the depth of the product. Needs AVX512_VNNI, and bf16.h.
//
// A row of the left side has one scale, its largest magnitude / 127, and so has each column of the right side: x ~ scale * q. The
// instruction multiplies unsigned with signed numbers, so the left side's are stored as q + 128, and 128 times the sum of a column is
// taken off its sums. Sums are whole numbers in 32 bits, which 2^16 products of 255 and 127 cannot fill; deeper products are not for int8:
//
//     y = (sum - 128 * column sum) * row scale * column scale + bias
//
// A row of words ends with its scale. Attention has no weights, and is computed in bf16.
#include "vector.h"
#include <immintrin.h>
#include <stdint.h>

#define PRECISION int8
#define WORD int32_t
#define VWORD vint_unaligned
#define PER 4
#define MULTIPLY_ADD(s, a, b) ((vfloat)_mm512_dpbusd_epi32((__m512i)(s), (__m512i)(a), (__m512i)(b)))
#include "tile.h"

static size_t row_words_int8(size_t k) { return words_int8(k) + 1; }

/// The words, and for each column its scale and what is taken off its sums.
static size_t packed_count_int8(size_t n, size_t k) { return (n + LANES - 1) / LANES * LANES * (words_int8(k) + 2); }

/// The largest magnitude of a row; no number where one of its numbers is none, or infinite.
INLINE float magnitude(size_t k, const float *x) {
    vfloat top = splat(0), probe = splat(0);
    for (size_t j = 0; j < k; j += LANES) {
        vfloat v = j + LANES <= k ? load(x + j) : load_some(x + j, k - j);
        top = largest(top, __builtin_elementwise_abs(v));
        probe += v * splat(0);
    }
    return maximum(top) + sum(probe);
}

/// Rounds a row to bytes, with `offset` added, and returns what one of them stands for.
INLINE float quantize(size_t k, const float *x, int offset, int32_t *words) {
    const float top = magnitude(k, x), inverse = top > 0 ? 127 / top : 0;
    for (size_t j = 0; j < k; j += LANES) {
        vfloat v = j + LANES <= k ? load(x + j) : load_some(x + j, k - j);
        __m512i q = _mm512_add_epi32(_mm512_cvtps_epi32((__m512)(v * splat(inverse))), _mm512_set1_epi32(offset));
        const size_t left = k - j < LANES ? (k - j + 3) / 4 : 4;
        _mm_mask_storeu_epi32(words + j / 4, (__mmask8)((1u << left) - 1), _mm512_cvtepi32_epi8(q));
    }
    return top / 127;
}

INLINE void to_words_int8(size_t k, const float *x, int32_t *words) {
    const float scale = quantize(k, x, 128, words);
    memcpy(words + words_int8(k), &scale, sizeof scale);
}

static void pack_int8(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    const size_t words = words_int8(k), padded = (n + LANES - 1) / LANES * LANES;
    float *scales = packed + padded * words;
    int32_t *corrections = (int32_t *)(scales + padded);
    int32_t *rows = (int32_t *)ck_allocate(n * words);
    for (size_t i = 0; i < n; i++) {
        scales[i] = quantize(k, b + i * ldb, 0, rows + i * words);
        const int8_t *q = (const int8_t *)(rows + i * words);
        int32_t sum = 0;
        for (size_t j = 0; j < k; j++) sum += q[j];
        corrections[i] = 128 * sum;
    }
    pack_words_int8(n, words, rows, words, (int32_t *)packed);
    free(rows);
}

INLINE void finish_int8_as(size_t rows, size_t width, size_t columns, const float *sums, const float *row_scales, size_t ldscales,
                           const float *scales, const int32_t *corrections, const float *bias, float *c, size_t ldc, const float *residual,
                           size_t ldresidual, enum ck_activation activation, bool words) {
    for (size_t i = 0; i < rows; i++, c += ldc) {
        vfloat y[2] = {splat(0), splat(0)};
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 2; j++) {
            if (j * LANES >= width) break;
            __m512i whole = _mm512_sub_epi32((__m512i)load(sums + i * width + j * LANES), _mm512_loadu_si512(corrections + j * LANES));
            vfloat x = (vfloat)_mm512_cvtepi32_ps(whole) * (splat(row_scales[i * ldscales]) * load(scales + j * LANES)) + load(bias + j * LANES);
            y[j] = coarsely_activated(x, activation);
        }
        if (words) {
            store_words_bf16((int32_t *)c, y[0], y[1], columns);
            continue;
        }
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 2; j++) {
            if (j * LANES >= columns) break;
            const __mmask16 some = columns - j * LANES < LANES ? (__mmask16)((1u << (columns - j * LANES)) - 1) : (__mmask16)-1;
            if (residual) y[j] += (vfloat)_mm512_maskz_loadu_ps(some, residual + i * ldresidual + j * LANES);
            _mm512_mask_storeu_ps(c + j * LANES, some, (__m512)y[j]);
        }
    }
}

/// The output of a tile, whose `sums` `[rows, width]` are whole numbers.
static void finish_int8(size_t rows, size_t width, size_t columns, const float *sums, const float *row_scales, size_t ldscales,
                        const float *scales, const int32_t *corrections, const float *bias, float *c, size_t ldc, const float *residual,
                        size_t ldresidual, enum ck_activation activation, bool words) {
#define AS(residual, name, words)                                                                                         \
    finish_int8_as(rows, width, columns, sums, row_scales, ldscales, scales, corrections, bias, c, ldc, residual, ldresidual, name, words)
#define CASE(name)                                                                                                        \
    case name:                                                                                                            \
        if (words) AS(NULL, name, true);                                                                                  \
        else if (residual) AS(residual, name, false);                                                                     \
        else AS(NULL, name, false);                                                                                       \
        return;
    switch (activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) }
#undef CASE
#undef AS
}

static void gemm_int8(size_t m, size_t first, size_t last, size_t depth, const float *a, bool a_is_words, size_t lda,
                      const float *packed, size_t columns_in_all, float *c, size_t ldc, struct ck_epilogue epilogue) {
    const size_t k = words_int8(depth), padded = (columns_in_all + LANES - 1) / LANES * LANES;
    const float *scales = packed + padded * k;
    const int32_t *corrections = (const int32_t *)(scales + padded);
    if (!a_is_words) {
        float *words = ck_scratch(CK_WORDS, m * row_words_int8(depth));
        rows_to_words_int8(m, depth, a, lda, words);
        a = words;
        lda = row_words_int8(depth);
    }
    for (size_t n0 = first; n0 < last; n0 += COLUMNS) {
        size_t width = last - n0 > LANES ? COLUMNS : LANES, columns = last - n0 < width ? last - n0 : width;
        const int32_t *panel = (const int32_t *)packed + n0 * k, *next = panel + width * k;
        float bias[COLUMNS] = {0};
        if (epilogue.bias) memcpy(bias, epilogue.bias + n0, columns * sizeof(float));
        for (size_t m0 = 0; m0 < m; m0 += ROWS) {
            size_t rows = m - m0 < ROWS ? m - m0 : ROWS, share = m0 / ROWS * 4 * k;
            const int32_t *ahead = share < width * k ? next + share : panel;
            float sums[ROWS * COLUMNS], *out = c + m0 * ldc + (epilogue.words ? n0 / 2 : n0);
            any_tile_int8(rows, width, k, (const int32_t *)a + m0 * lda, lda, panel, ahead, sums, width, false);
            const float *residual = epilogue.accumulate ? out : epilogue.residual ? epilogue.residual + m0 * epilogue.ldresidual + n0 : NULL;
            finish_int8(rows, width, columns, sums, a + m0 * lda + k, lda, scales + n0, corrections + n0, bias, out, ldc, residual,
                        epilogue.accumulate ? ldc : epilogue.ldresidual, epilogue.activation, epilogue.words);
        }
    }
}

// Attention takes and gives bf16.
#define attention_scratch_int8 attention_scratch_bf16
#define attention_int8 attention_bf16
#include "products.h"
