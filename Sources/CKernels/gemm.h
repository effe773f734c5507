// Matrix products: a register tile of ROWS x 2 vectors, the right side laid out beforehand (weights never change, so a
// library that packs them at every call does that work again and again), bias and activation while the tile is in cache.
#pragma once
#include "vector.h"

enum { COLUMNS = 2 * LANES };

/// Depth of the strips in which a product is summed: a panel of COLUMNS x DEPTH and the rows it meets stay in the L2 cache.
enum { DEPTH = 768 };

static size_t packed_count(size_t n, size_t k) { return (n + LANES - 1) / LANES * LANES * k; }

/// Panels of COLUMNS columns (the last one of LANES where that is enough), each `[k, width]`, zeros past the last column.
#define FOR_PANELS(n, k, packed)                                                                                          \
    for (size_t first = 0, width; first < (n) && (width = (n)-first > LANES ? COLUMNS : LANES, 1);                        \
         first += width, (packed) += width * (k))

static void pack(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    FOR_PANELS(n, k, packed) {
        for (size_t j = 0; j < width; j++) {
            const float *row = b + (first + j) * ldb;
            for (size_t p = 0; p < k; p++) packed[p * width + j] = first + j < n ? row[p] : 0;
        }
    }
}

static void pack_columns(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    FOR_PANELS(n, k, packed) {
        size_t used = n - first < width ? n - first : width;
        for (size_t p = 0; p < k; p++) {
            memcpy(packed + p * width, b + p * ldb + first, used * sizeof(float));
            memset(packed + p * width + used, 0, (width - used) * sizeof(float));
        }
    }
}

/// c (+)= a panel, `rows` x `vectors * LANES`, with the sums in registers. `ahead` is fetched into the L2 cache meanwhile: four
/// floats of it a step, so that eight tiles fetch a panel.
INLINE void tile(size_t rows, size_t vectors, size_t k, const float *a, size_t lda, const float *panel, const float *ahead,
                 float *c, size_t ldc, bool add) {
    vfloat s[ROWS][2];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) s[i][j] = add ? load(c + i * ldc + j * LANES) : splat(0);

    for (size_t p = 0; p < k; p++, panel += vectors * LANES) {
        if (p % 4 == 0) __builtin_prefetch(ahead + 4 * p, 0, 2);
        vfloat b[2];
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) b[j] = load(panel + j * LANES);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; i++) {
            vfloat x = splat(a[i * lda + p]);
#pragma clang loop unroll(full)
            for (size_t j = 0; j < vectors; j++) s[i][j] = x * b[j] + s[i][j];
        }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) store(c + i * ldc + j * LANES, s[i][j]);
}

/// `tile` with constants for the numbers of rows and vectors, so that the sums stay in registers.
static void any_tile(size_t rows, size_t width, size_t k, const float *a, size_t lda, const float *panel, const float *ahead,
                     float *c, size_t ldc, bool add) {
#define CASE(n)                                                                                                           \
    case n: tile(n, 2, k, a, lda, panel, ahead, c, ldc, add); return;                                                     \
    case n + ROWS: tile(n, 1, k, a, lda, panel, ahead, c, ldc, add); return;
    switch (width == COLUMNS ? rows : rows + ROWS) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS > 6
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
    }
#undef CASE
    __builtin_unreachable();
}

INLINE void finish_as(size_t rows, size_t columns, float *c, size_t ldc, const float *bias, const float *residual,
                      size_t ldresidual, enum ck_activation activation, bool adds) {
    size_t j = 0;
    for (; j + LANES <= columns; j += LANES) {
        const vfloat b = load(bias + j);
        for (size_t i = 0; i < rows; i++) {
            vfloat y = activated(load(c + i * ldc + j) + b, activation);
            store(c + i * ldc + j, adds ? y + load(residual + i * ldresidual + j) : y);
        }
    }
    if (j == columns) return;
    const size_t n = columns - j;
    for (size_t i = 0; i < rows; i++) {
        vfloat y = activated(load_some(c + i * ldc + j, n) + load_some(bias + j, n), activation);
        store_some(c + i * ldc + j, adds ? y + load_some(residual + i * ldresidual + j, n) : y, n);
    }
}

/// Bias, activation and residual for the tile at row `row` and column `column` of the output.
static void finish(size_t rows, size_t columns, float *c, size_t ldc, size_t row, size_t column, struct ck_epilogue epilogue) {
    static const float zeros[COLUMNS];
    if (!epilogue.bias && !epilogue.residual && epilogue.activation == CK_NONE) return;
    const float *bias = epilogue.bias ? epilogue.bias + column : zeros;
    const float *residual = epilogue.residual ? epilogue.residual + row * epilogue.ldresidual + column : NULL;
#define CASE(name)                                                                                                        \
    case name:                                                                                                            \
        if (residual)                                                                                                     \
            finish_as(rows, columns, c, ldc, bias, residual, epilogue.ldresidual, name, true);                            \
        else                                                                                                              \
            finish_as(rows, columns, c, ldc, bias, NULL, 0, name, false);                                                 \
        return;
    switch (epilogue.activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) }
#undef CASE
}

static void gemm(size_t m, size_t first, size_t last, size_t k, const float *a, size_t lda, const float *packed, float *c,
                 size_t ldc, struct ck_epilogue epilogue) {
    size_t strips = (k + DEPTH - 1) / DEPTH, depth = (k + strips - 1) / strips;
    for (size_t k0 = 0; k0 < k; k0 += depth) {
        size_t kc = k - k0 < depth ? k - k0 : depth;
        bool add = k0 > 0 || epilogue.accumulate;
        for (size_t n0 = first; n0 < last; n0 += COLUMNS) {
            size_t width = last - n0 > LANES ? COLUMNS : LANES, columns = last - n0 < width ? last - n0 : width;
            const float *panel = packed + n0 * k + k0 * width, *next = panel + width * k;
            for (size_t m0 = 0; m0 < m; m0 += ROWS) {
                size_t rows = m - m0 < ROWS ? m - m0 : ROWS, share = m0 / ROWS * 4 * kc;
                const float *ahead = share < width * kc ? next + share : panel;
                float *out = c + m0 * ldc + n0, edge[ROWS * COLUMNS];
                if (columns == width) {
                    any_tile(rows, width, kc, a + m0 * lda + k0, lda, panel, ahead, out, ldc, add);
                } else {
                    for (size_t i = 0; add && i < rows; i++) memcpy(edge + i * width, out + i * ldc, columns * sizeof(float));
                    any_tile(rows, width, kc, a + m0 * lda + k0, lda, panel, ahead, edge, width, add);
                    for (size_t i = 0; i < rows; i++) memcpy(out + i * ldc, edge + i * width, columns * sizeof(float));
                }
                if (k0 + kc == k) finish(rows, columns, out, ldc, m0, n0, epilogue);
            }
        }
    }
}
