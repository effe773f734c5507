// Matrix products with sums in fp32, and attention: the right side laid out beforehand (weights never change, so a library that packs
// them at every call does that work again and again), bias and activation while the tile is in cache.
//
// Included once for each precision, with what tile.h wants, and functions of that suffix: join_rows (PER rows of words, column by
// column) and store_words (a row of the tile's sums).
#include "tile.h"

static size_t OF(packed_count)(size_t n, size_t k) { return (n + LANES - 1) / LANES * LANES * OF(deep)(OF(words)(k)); }

static size_t OF(row_words)(size_t k) { return OF(deep)(OF(words)(k)); }

static float OF(map_to_words)(size_t places, size_t k, const float *x, size_t ldx, float magnitude, float *words) {
#if PER == 2
    if (ldx == 3 && k == 3) {
        pixels_to_words(places, x, (WORD *)words);
        return 0;
    }
#endif
    if (ldx == k && k % PER == 0) OF(to_words)(places * k, x, (WORD *)words);
    else
        for (size_t i = 0; i < places; i++) OF(to_words)(k, x + i * ldx, (WORD *)words + i * OF(words)(k));
    return 0;
}

static void OF(pack)(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    const size_t words = OF(words)(k);
    WORD *rows = (WORD *)ck_allocate(n * words);
    for (size_t i = 0; i < n; i++) OF(to_words)(k, b + i * ldb, rows + i * words);
    OF(pack_words)(n, words, rows, words, (WORD *)packed);
    free(rows);
}

/// The right side's columns are those of `b`, `[k, n]`.
static void OF(pack_columns)(size_t n, size_t k, const WORD *b, size_t ldb, WORD *packed) {
    const size_t words = OF(words)(k), deep = OF(deep)(words);
    FOR_PANELS(n, deep, packed) {
        size_t used = n - first < width ? n - first : width;
        memset(packed + words * width, 0, (deep - words) * width * sizeof(WORD));
        for (size_t p = 0; p < words; p++) {
            OF(join_rows)(used, k - p * PER, b + p * PER * ldb + first / PER, ldb, packed + p * width);
            memset(packed + p * width + used, 0, (width - used) * sizeof(WORD));
        }
    }
}

/// The last step of a tile whose output is words: `sums` is `[rows, width]`.
static void OF(finish_words)(size_t rows, size_t width, size_t columns, const float *sums, WORD *c, size_t ldc, const float *bias,
                             enum ck_activation activation, struct ck_bounds bounds) {
#define CASE(name)                                                                                                        \
    case name:                                                                                                            \
        for (size_t i = 0; i < rows; i++) {                                                                               \
            vfloat low = load(sums + i * width) + load(bias), high = splat(0);                                            \
            if (columns > LANES) high = load(sums + i * width + LANES) + load(bias + LANES);                              \
            OF(store_words)(c + i * ldc, coarsely_activated(low, name, bounds), coarsely_activated(high, name, bounds), columns);         \
        }                                                                                                                 \
        return;
    switch (activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) CASE(CK_CLAMP) }
#undef CASE
}

/// The words of the depth from `from` to `to` of `k` that are packed, in strips: those of the left side's rows follow each other, or lie `ldstrip` apart.
static void OF(multiply)(size_t m, size_t first, size_t last, size_t k, size_t from, size_t to, size_t strip, const WORD *left, size_t lda,
                         size_t ldstrip, const WORD *right, float *c, size_t ldc, struct ck_epilogue epilogue) {
    const bool narrow = PER > 1 && epilogue.words;
    OF(begin_tiles)();
    for (size_t k0 = from; k0 < to; k0 += strip, left += ldstrip) {
        size_t kc = to - k0 < strip ? to - k0 : strip;
        bool add = k0 > from || epilogue.accumulate;
        for (size_t n0 = first; n0 < last; n0 += COLUMNS) {
            size_t width = last - n0 > LANES ? COLUMNS : LANES, columns = last - n0 < width ? last - n0 : width;
            const WORD *panel = right + n0 * k + k0 * width, *next = panel + width * k;
            float edge[OF(BLOCK_ROWS) * COLUMNS], bias[COLUMNS] = {0};
            if (narrow && epilogue.bias) memcpy(bias, epilogue.bias + n0, columns * sizeof(float));
            for (size_t m0 = 0; m0 < m; m0 += OF(BLOCK_ROWS)) {
                size_t rows = m - m0 < OF(BLOCK_ROWS) ? m - m0 : OF(BLOCK_ROWS), share = m0 / OF(BLOCK_ROWS) * OF(AHEAD) * kc;
                const WORD *ahead = share < width * kc ? next + share : panel, *row = left + m0 * lda;
                float *out = c + m0 * ldc + n0;
                if (narrow) {
                    OF(block)(rows, width, kc, row, lda, panel, ahead, edge, width, false);
                    OF(finish_words)(rows, width, columns, edge, (WORD *)c + m0 * ldc + n0 / PER, ldc, bias, epilogue.activation, epilogue.bounds);
                    continue;
                }
                if (columns == width) {
                    OF(block)(rows, width, kc, row, lda, panel, ahead, out, ldc, add);
                } else {
                    if (add) copy_rows(rows, columns, out, ldc, edge, width);
                    OF(block)(rows, width, kc, row, lda, panel, ahead, edge, width, add);
                    copy_rows(rows, columns, edge, width, out, ldc);
                }
                if (k0 + kc == to) finish(rows, columns, out, ldc, m0, n0, epilogue);
            }
        }
    }
    OF(end_tiles)();
}

static void OF(gemm)(size_t m, size_t first, size_t last, size_t depth, const float *a, bool a_is_words, size_t lda,
                     const float *packed, size_t columns_in_all, float *c, size_t ldc, struct ck_epilogue epilogue) {
    const WORD *left = (const WORD *)a;
    const size_t deep = OF(deep)(OF(words)(depth));
    size_t k = OF(words)(depth);
    if (PER > 1 && !a_is_words) {
        WORD *words = (WORD *)ck_scratch(CK_WORDS, m * deep);
        OF(rows_to_words)(m, depth, a, lda, (float *)words);
        left = words;
        lda = k = deep;
    }
    // Sums that do not stay in fp32 are not kept between strips.
    const size_t strips = PER > 1 && epilogue.words ? 1 : (k + DEPTH - 1) / DEPTH, strip = OF(deep)((k + strips - 1) / strips);
    OF(multiply)(m, first, last, deep, 0, k, strip, left, lda, strip, (const WORD *)packed, c, ldc, epilogue);
}

#if PER == 1
static void gemm_pieces(size_t m, size_t n, size_t k, size_t piece, size_t first, size_t last, const float *a, size_t lda, size_t ldpiece,
                        const float *packed, float *c, size_t ldc, struct ck_epilogue epilogue) {
    OF(multiply)(m, 0, n, k, first * piece, last * piece, piece, a, lda, ldpiece, packed, c, ldc, epilogue);
}
#else
static void OF(slide)(size_t rows, size_t places, size_t n, size_t pieces, size_t piece, const float *a, size_t lda, size_t ldrow, size_t ldpiece,
                      const float *packed, float *c, size_t ldc, struct ck_epilogue epilogue) {
    const size_t words = OF(words)(piece), k = pieces * words, blocks = (places + OF(BLOCK_ROWS) - 1) / OF(BLOCK_ROWS);
    OF(begin_tiles)();
    for (size_t n0 = 0; n0 < n; n0 += COLUMNS) {
        const size_t width = n - n0 > LANES ? COLUMNS : LANES, columns = n - n0 < width ? n - n0 : width;
        const WORD *panel = (const WORD *)packed + n0 * k, *next = panel + width * k;
        for (size_t i = 0; i < rows * blocks; i++) {
            const size_t row = i / blocks, first = i % blocks * OF(BLOCK_ROWS), share = i * OF(AHEAD) * k, place = row * places + first;
            const size_t count = places - first < OF(BLOCK_ROWS) ? places - first : OF(BLOCK_ROWS);
            const WORD *ahead = share < width * k ? next + share : panel, *left = (const WORD *)a + row * ldrow + first * lda;
            float edge[OF(BLOCK_ROWS) * COLUMNS], *out = c + place * ldc + n0;
            if (columns == width) {
                OF(block_of_pieces)(count, width, pieces, words, left, lda, ldpiece, panel, ahead, out, ldc, epilogue.accumulate);
            } else {
                if (epilogue.accumulate) copy_rows(count, columns, out, ldc, edge, width);
                OF(block_of_pieces)(count, width, pieces, words, left, lda, ldpiece, panel, ahead, edge, width, epilogue.accumulate);
                copy_rows(count, columns, edge, width, out, ldc);
            }
            finish(count, columns, out, ldc, place, n0, epilogue);
        }
    }
    OF(end_tiles)();
}
#endif

static size_t OF(attention_scratch)(size_t tokens, size_t depth) {
    return OF(packed_count)(tokens, depth) + OF(packed_count)(depth, tokens) + QUERIES * (tokens + OF(row_words)(tokens));
}

static void OF(attention)(size_t tokens, size_t depth, size_t first, size_t last, const float *q, const float *k, const float *v,
                          size_t ld, float scale, float *out, size_t ldout, float *scratch) {
    float *keys = scratch, *values = keys + OF(packed_count)(tokens, depth), *scores = values + OF(packed_count)(depth, tokens);
    float *shares = PER == 1 ? scores : scores + QUERIES * tokens;
    const size_t row_words = OF(row_words)(tokens);
    OF(pack_words)(tokens, OF(words)(depth), (const WORD *)k, ld, (WORD *)keys);
    OF(pack_columns)(depth, tokens, (const WORD *)v, ld, (WORD *)values);
    const struct ck_epilogue none = {0}, words = {.words = PER > 1};
    for (size_t row = first; row < last; row += QUERIES) {
        size_t rows = last - row < QUERIES ? last - row : QUERIES;
        OF(gemm)(rows, 0, tokens, depth, q + row * ld, true, ld, keys, tokens, scores, tokens, none);
        OF(softmax)(rows, tokens, scale, scores, (WORD *)shares, row_words);
        OF(gemm)(rows, 0, depth, row_words * PER, shares, true, row_words, values, depth, out + row * ldout, ldout, words);
    }
}

#include "products.h"
