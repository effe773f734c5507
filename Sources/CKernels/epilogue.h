// What every precision of product shares: the tile's width, panels, and what happens to a tile at the end.
#pragma once
#include "vector.h"
#include <stdlib.h>

enum { COLUMNS = 2 * LANES };

/// Depth in words of the strips in which a product is summed: a panel of COLUMNS x DEPTH and the rows it meets stay in the L2 cache.
enum { DEPTH = 768 };

/// Panels of COLUMNS columns (the last one of LANES where that is enough), each `[k, width]`, zeros past the last column.
#define FOR_PANELS(n, k, packed)                                                                                          \
    for (size_t first = 0, width; first < (n) && (width = (n)-first > LANES ? COLUMNS : LANES, 1);                        \
         first += width, (packed) += width * (k))

INLINE void finish_as(size_t rows, size_t columns, float *c, size_t ldc, const float *bias, const float *residual,
                      size_t ldresidual, enum ck_activation activation, struct ck_bounds bounds, bool adds) {
    size_t j = 0;
    for (; j + LANES <= columns; j += LANES) {
        const vfloat b = load(bias + j);
        for (size_t i = 0; i < rows; i++) {
            vfloat y = activated(load(c + i * ldc + j) + b, activation, bounds);
            store(c + i * ldc + j, adds ? y + load(residual + i * ldresidual + j) : y);
        }
    }
    if (j == columns) return;
    const size_t n = columns - j;
    for (size_t i = 0; i < rows; i++) {
        vfloat y = activated(load_some(c + i * ldc + j, n) + load_some(bias + j, n), activation, bounds);
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
            finish_as(rows, columns, c, ldc, bias, residual, epilogue.ldresidual, name, epilogue.bounds, true);                            \
        else                                                                                                              \
            finish_as(rows, columns, c, ldc, bias, NULL, 0, name, epilogue.bounds, false);                                                 \
        return;
    switch (epilogue.activation) { CASE(CK_NONE) CASE(CK_RELU) CASE(CK_GELU) CASE(CK_SILU) CASE(CK_SIGMOID) CASE(CK_CLAMP) }
#undef CASE
}
