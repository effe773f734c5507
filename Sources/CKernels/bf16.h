// Products in bf16 (the upper half of an fp32) with sums in fp32: a word is a pair of numbers, rounded to nearest, that follow each other
// along the depth of the product. Needs AVX512_BF16.
#include "vector.h"
#include <immintrin.h>
#include <stdint.h>

typedef uint16_t half_word __attribute__((may_alias));

/// Two vectors of numbers as a vector of words.
INLINE __m512i pairs(vfloat low, vfloat high) { return (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low); }

/// The first `columns` numbers of two vectors, as words.
INLINE void store_words_bf16(int32_t *c, vfloat low, vfloat high, size_t columns) {
    _mm512_mask_storeu_epi32(c, (__mmask16)(((uint32_t)1 << (columns + 1) / 2) - 1), pairs(low, high));
}

/// A row of `k` numbers times a factor, as words.
INLINE void scaled_to_words(size_t k, const float *x, float factor, int32_t *words) {
    const vfloat times = splat(factor);
    size_t p = 0;
    for (; p + 2 * LANES <= k; p += 2 * LANES)
        _mm512_storeu_si512(words + p / 2, pairs(load(x + p) * times, load(x + p + LANES) * times));
    if (p == k) return;
    const bool two = k - p > LANES;
    vfloat low = two ? load(x + p) : load_some(x + p, k - p), high = two ? load_some(x + p + LANES, k - p - LANES) : splat(0);
    store_words_bf16(words + p / 2, low * times, high * times, k - p);
}

/// The same as it is.
INLINE void to_words_bf16(size_t k, const float *x, int32_t *words) { scaled_to_words(k, x, 1, words); }

/// Places of three numbers as two words, the last number a zero; eight places at a time.
INLINE void pixels_to_words(size_t places, const float *x, int32_t *words) {
    for (; places >= 8; places -= 8, x += 24, words += 16)
        _mm512_storeu_si512(words, pairs((vfloat)_mm512_maskz_expandloadu_ps(0x7777, x), (vfloat)_mm512_maskz_expandloadu_ps(0x7777, x + 12)));
    for (; places > 0; places--, x += 3, words += 2) to_words_bf16(3, x, words);
}

/// Softmax of rows of scores, as words, which keep 8 bits of a share.
INLINE void softmax_bf16(size_t rows, size_t width, float scale, float *x, int32_t *words, size_t ldwords) {
    const vfloat factor = splat(scale);
    for (size_t i = 0; i < rows; i++, x += width, words += ldwords) {
        for (size_t j = (width + 1) / 2; j < ldwords; j++) words[j] = 0;
        vfloat top = splat(-INFINITY), total = splat(0);
        for (size_t j = 0; j < width; j += LANES)
            top = largest(j + LANES <= width ? load(x + j) : load_some_or(x + j, width - j, x[0]), top);
        const vfloat peak = splat(maximum(top) * scale);
        for (size_t j = 0; j < width; j += LANES) {
            const bool whole = j + LANES <= width;
            const vfloat e = coarse_exponential((whole ? load(x + j) : load_some_or(x + j, width - j, -INFINITY)) * factor - peak);
            total += e;
            if (whole) store(x + j, e);
            else store_some(x + j, e, width - j);
        }
        scaled_to_words(width, x, 1 / sum(total), words);
    }
}

/// The pairs that the first two of `rows` rows make, column by column.
INLINE void join_rows_bf16(size_t columns, size_t rows, const int32_t *x, size_t ld, int32_t *words) {
    const half_word *first = (const half_word *)x, *second = (const half_word *)(x + ld);
    for (size_t j = 0; j < columns; j++) words[j] = (int32_t)(first[j] | (rows > 1 ? (uint32_t)second[j] << 16 : 0));
}

#define gemm_pieces_bf16 NULL
#define magnitude_bf16 NULL
#define PRECISION bf16
#define WORD int32_t
#define VWORD vint_unaligned
#define PER 2
#define TILES_MULTIPLY _tile_dpbf16ps
#define MULTIPLY_ADD(s, a, b) ((vfloat)_mm512_dpbf16_ps((__m512)(s), (__m512bh)(a), (__m512bh)(b)))
#include "gemm.h"
