// Products in int8: a word is four numbers that follow each other along the depth of the product. The including file defines
// DOT_BYTES(sums, unsigned words, signed words), an instruction that multiplies the bytes of a word and adds the four products to a sum.
//
// A row of the left side has one scale, its largest magnitude / 127, and so has each column of the right side: x ~ scale * q. The
// instruction multiplies unsigned with signed numbers, so the left side's are stored as q + 128, and 128 times the sum of a column is
// taken off its sums. Sums are whole numbers in 32 bits, which 2^16 products of 255 and 127 cannot fill; deeper products are not for int8:
//
//     y = (sum - 128 * column sum) * row scale * column scale + bias
//
// Behind the words of a row follows its scale.
#include "vector.h"
#include <stdint.h>

typedef int8_t vbyte __attribute__((ext_vector_type(LANES)));
typedef vbyte vbyte_unaligned __attribute__((aligned(1)));

#define gemm_pieces_int8 NULL
#define slide_int8 NULL
#define PRECISION int8
#define WORD int32_t
#define VWORD vint_unaligned
#define PER 4
#define TILES_MULTIPLY _tile_dpbusd
#define MULTIPLY_ADD(s, a, b) __builtin_bit_cast(vfloat, DOT_BYTES(__builtin_bit_cast(vint, s), a, b))
#include "tile.h"

/// Where blocks are multiplied in tiles, rows begin at cache lines: a tile is read line by line.
static size_t row_words_int8(size_t k) { return BLOCK > ROWS ? (words_int8(k) + 16) / 16 * 16 : words_int8(k) + 1; }

/// The words, and for each column its scale and what is taken off its sums.
static size_t packed_count_int8(size_t n, size_t k) { return (n + LANES - 1) / LANES * LANES * (words_int8(k) + 2); }

/// Magnitudes as whole numbers, which are in the same order, with those that are no number at the end.
INLINE vint magnitudes(vfloat x) { return __builtin_bit_cast(vint, x) & (vint)0x7FFFFFFF; }

/// The largest magnitude of a row; no finite number where one of its numbers is none.
INLINE float row_magnitude(size_t k, const float *x) {
    vint top = (vint)0;
    for (size_t j = 0; j < k; j += LANES)
        top = __builtin_elementwise_max(top, magnitudes(j + LANES <= k ? load(x + j) : load_some(x + j, k - j)));
    return __builtin_bit_cast(float, __builtin_reduce_max(top));
}

/// The nearest whole numbers, of magnitudes below 2^22.
INLINE vint rounded(vfloat x) {
    const float magic = 12582912;  // as in `exponential`
    return __builtin_bit_cast(vint, x + splat(magic)) - (vint)__builtin_bit_cast(int, magic);
}

/// Rounds a row to bytes, with `offset` added.
INLINE void to_bytes(size_t k, const float *x, float inverse, int offset, int32_t *words) {
    int8_t *bytes = (int8_t *)words;
    for (size_t j = 0; j < k; j += LANES) {
        vfloat v = j + LANES <= k ? load(x + j) : load_some(x + j, k - j);
        vbyte q = __builtin_convertvector(rounded(v * splat(inverse)) + (vint)offset, vbyte);
        if (j + LANES <= k) *(vbyte_unaligned *)(bytes + j) = q;
        else memcpy(bytes + j, &q, (k - j + 3) / 4 * 4);
    }
}

/// The same by the row's largest magnitude; returns what one of the bytes' steps stands for.
INLINE float quantize(size_t k, const float *x, int offset, int32_t *words) {
    const float top = row_magnitude(k, x);
    to_bytes(k, x, top > 0 ? 127 / top : 0, offset, words);
    return top / 127;
}

INLINE void to_words_int8(size_t k, const float *x, int32_t *words) {
    const float scale = quantize(k, x, 128, words);
    memcpy(words + words_int8(k), &scale, sizeof scale);
}

static float magnitude_int8(size_t places, size_t k, const float *x, size_t ldx) {
    uint32_t top = 0;
    for (size_t i = 0; i < places; i++) {
        const uint32_t row = __builtin_bit_cast(uint32_t, row_magnitude(k, x + i * ldx));
        top = row > top ? row : top;
    }
    return __builtin_bit_cast(float, top);
}

static float map_to_words_int8(size_t places, size_t k, const float *x, size_t ldx, float magnitude, float *words) {
    for (size_t i = 0; i < places; i++)
        to_bytes(k, x + i * ldx, magnitude > 0 ? 127 / magnitude : 0, 128, (int32_t *)words + i * words_int8(k));
    return magnitude / 127;
}

/// The right side's columns are the rows of `b`, `[n, k]`; `rows` has room for their words.
static void pack_rows_int8(size_t n, size_t k, const float *b, size_t ldb, float *packed, int32_t *rows) {
    const size_t words = words_int8(k), padded = (n + LANES - 1) / LANES * LANES;
    float *scales = packed + padded * words;
    int32_t *corrections = (int32_t *)(scales + padded);
    for (size_t i = 0; i < n; i++) {
        scales[i] = quantize(k, b + i * ldb, 0, rows + i * words);
        vint sums = (vint)0;
        for (size_t p = 0; p < words; p += LANES) {
            const vfloat q = words - p < LANES ? load_some((float *)rows + i * words + p, words - p) : load((float *)rows + i * words + p);
            sums = DOT_BYTES(sums, (vint)0x01010101, __builtin_bit_cast(vint, q));
        }
        corrections[i] = 128 * __builtin_reduce_add(sums);
    }
    memset(scales + n, 0, (padded - n) * sizeof(float));
    memset(corrections + n, 0, (padded - n) * sizeof(int32_t));
    pack_words_int8(n, words, rows, words, (int32_t *)packed);
}

static void pack_int8(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    int32_t *rows = (int32_t *)ck_allocate(n * words_int8(k));
    pack_rows_int8(n, k, b, ldb, packed, rows);
    free(rows);
}

INLINE void finish_int8_as(size_t rows, size_t vectors, const float *sums, const float *row_scales, size_t ldscales, const float *scales,
                           const int32_t *corrections, const float *bias, float *c, size_t ldc, const float *residual, size_t ldresidual,
                           bool before, enum ck_activation activation, struct ck_bounds bounds) {
    for (size_t i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors * LANES; j += LANES) {
            vint whole = __builtin_bit_cast(vint, load(sums + i * vectors * LANES + j)) - *(const vint_unaligned *)(corrections + j);
            vfloat y = __builtin_convertvector(whole, vfloat) * (splat(row_scales[i * ldscales]) * load(scales + j)) + load(bias + j);
            if (residual && before) y += load(residual + i * ldresidual + j);
            y = coarsely_activated(y, activation, bounds);
            store(c + i * ldc + j, residual && !before ? y + load(residual + i * ldresidual + j) : y);
        }
}

/// The output of a tile, whose `sums` `[rows, width]` are whole numbers; the residual is added before the activation, or after it.
static void finish_int8(size_t rows, size_t width, const float *sums, const float *row_scales, size_t ldscales, const float *scales,
                        const int32_t *corrections, const float *bias, float *c, size_t ldc, const float *residual, size_t ldresidual,
                        bool before, enum ck_activation activation, struct ck_bounds bounds) {
#define AS(vectors, residual, name)                                                                                       \
    finish_int8_as(rows, vectors, sums, row_scales, ldscales, scales, corrections, bias, c, ldc, residual, ldresidual, before, name, bounds)
#define CASE(name)                                                                                                        \
    case name:                                                                                                            \
        if (width == COLUMNS && residual) AS(2, residual, name);                                                          \
        else if (width == COLUMNS) AS(2, NULL, name);                                                                     \
        else if (residual) AS(1, residual, name);                                                                         \
        else AS(1, NULL, name);                                                                                           \
        return;
    switch (activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) CASE(CK_CLAMP) }
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
    begin_tiles_int8();
    for (size_t n0 = first; n0 < last; n0 += COLUMNS) {
        size_t width = last - n0 > LANES ? COLUMNS : LANES, columns = last - n0 < width ? last - n0 : width;
        const int32_t *panel = (const int32_t *)packed + n0 * k, *next = panel + width * k;
        float bias[COLUMNS] = {0};
        if (epilogue.bias) memcpy(bias, epilogue.bias + n0, columns * sizeof(float));
        for (size_t m0 = 0; m0 < m; m0 += BLOCK_ROWS_int8) {
            size_t rows = m - m0 < BLOCK_ROWS_int8 ? m - m0 : BLOCK_ROWS_int8, share = m0 / BLOCK_ROWS_int8 * AHEAD_int8 * k;
            const int32_t *ahead = share < width * k ? next + share : panel;
            float sums[BLOCK_ROWS_int8 * COLUMNS], *out = c + m0 * ldc + n0;
            block_int8(rows, width, k, (const int32_t *)a + m0 * lda, lda, panel, ahead, sums, width, false);
            const float *residual = epilogue.accumulate ? out : epilogue.residual ? epilogue.residual + m0 * epilogue.ldresidual + n0 : NULL;
            size_t ldresidual = epilogue.accumulate ? ldc : epilogue.ldresidual;
            const bool whole = columns == width;
            float edge[BLOCK_ROWS_int8 * COLUMNS];
            for (size_t i = 0; !whole && residual && i < rows; i++)
                memcpy(edge + i * width, residual + i * ldresidual, columns * sizeof(float));
            if (!whole && residual) residual = edge, ldresidual = width;
            finish_int8(rows, width, sums, a + m0 * lda + k, lda, scales + n0, corrections + n0, bias, whole ? out : edge, whole ? ldc : width,
                        residual, ldresidual, epilogue.accumulate, epilogue.activation, epilogue.bounds);
            for (size_t i = 0; !whole && i < rows; i++) memcpy(out + i * ldc, edge + i * width, columns * sizeof(float));
        }
    }
    end_tiles_int8();
}

/// The right side's columns are those of `b`, `[k, n]` in fp32. Not for left sides that have 128 added: nothing is taken off.
static void pack_columns_int8(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    const size_t words = words_int8(k), padded = (n + LANES - 1) / LANES * LANES;
    float *scales = packed + padded * words;
    memset(scales + padded, 0, padded * sizeof(int32_t));
    int32_t *to = (int32_t *)packed;
    FOR_PANELS(n, words, to) {
        for (size_t j = 0; j < width; j += LANES) {
            const size_t used = first + j >= n ? 0 : n - first - j < LANES ? n - first - j : LANES;
            const float *from = b + first + j;
            vint most = (vint)0;
            for (size_t i = 0; i < k; i++)
                most = __builtin_elementwise_max(most, magnitudes(used == LANES ? load(from + i * ldb) : load_some(from + i * ldb, used)));
            const vfloat top = __builtin_bit_cast(vfloat, most), inverse = top > 0 ? splat(127) / top : splat(0);
            store(scales + first + j, top / splat(127));
            for (size_t p = 0; p < words; p++) {
                vint word = (vint)0;
                for (size_t i = 0; i < 4 && 4 * p + i < k; i++) {
                    vfloat v = used == LANES ? load(from + (4 * p + i) * ldb) : load_some(from + (4 * p + i) * ldb, used);
                    word |= (rounded(v * inverse) & (vint)255) << (vint)(8 * i);
                }
                *(vint_unaligned *)(to + p * width + j) = word;
            }
        }
    }
}

/// The shares of a row of scores, a softmax, as bytes without a sign: the largest is 255, and the row's scale makes their sum 1. It is no
/// number where a score is none.
INLINE void softmax_to_bytes(size_t width, float scale, const float *x, int32_t *words) {
    vfloat top = splat(-INFINITY), probe = splat(0);
    for (size_t j = 0; j < width; j += LANES) {
        vfloat v = j + LANES <= width ? load(x + j) : load_some_or(x + j, width - j, x[0]);
        top = largest(v, top);
        probe += v * splat(0);
    }
    const vfloat factor = splat(scale), peak = splat(maximum(top) * scale);
    vint total = (vint)0;
    uint8_t *bytes = (uint8_t *)words;
    for (size_t j = 0; j < width; j += LANES) {
        vfloat v = j + LANES <= width ? load(x + j) : load_some_or(x + j, width - j, -INFINITY);
        vint share = rounded(coarse_exponential(v * factor - peak) * splat(255));
        total += share;
        vbyte q = __builtin_convertvector(share, vbyte);
        if (j + LANES <= width) *(vbyte_unaligned *)(bytes + j) = q;
        else memcpy(bytes + j, &q, (width - j + 3) / 4 * 4);
    }
    const float row_scale = 1 / sum(__builtin_convertvector(total, vfloat)) + sum(probe);
    memcpy(words + words_int8(width), &row_scale, sizeof row_scale);
}

static size_t attention_scratch_int8(size_t tokens, size_t depth) {
    return packed_count_int8(tokens, depth) + packed_count_int8(depth, tokens) + tokens * row_words_int8(depth)
        + QUERIES * (tokens + row_words_int8(tokens));
}

/// Takes and gives fp32: the scales of queries and keys are a head's.
static void attention_int8(size_t tokens, size_t depth, size_t first, size_t last, const float *q, const float *k, const float *v,
                           size_t ld, float scale, float *out, size_t ldout, float *scratch) {
    const size_t row_words = row_words_int8(depth), share_words = row_words_int8(tokens);
    float *keys = scratch, *values = keys + packed_count_int8(tokens, depth), *rows = values + packed_count_int8(depth, tokens);
    float *scores = rows + tokens * row_words, *shares = scores + QUERIES * tokens;
    pack_rows_int8(tokens, depth, k, ld, keys, (int32_t *)rows);
    pack_columns_int8(depth, tokens, v, ld, values);
    const struct ck_epilogue none = {0};
    for (size_t row = first; row < last; row += QUERIES) {
        const size_t count = last - row < QUERIES ? last - row : QUERIES;
        rows_to_words_int8(count, depth, q + row * ld, ld, rows);
        gemm_int8(count, 0, tokens, depth, rows, true, row_words, keys, tokens, scores, tokens, none);
        for (size_t i = 0; i < count; i++)
            softmax_to_bytes(tokens, scale, scores + i * tokens, (int32_t *)shares + i * share_words);
        gemm_int8(count, 0, depth, tokens, shares, true, share_words, values, depth, out + row * ldout, ldout, none);
    }
}

#include "products.h"
