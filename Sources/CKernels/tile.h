// The register tile of matrix products, ROWS x 2 vectors (or a block of BLOCK rows, where the processor has tiles of its own), and the
// layout of the right side that it reads.
//
// Included once for each precision. The including file defines PRECISION (the suffix of the names), WORD and VWORD (what a lane of the
// right side holds, and a vector of them), PER (numbers in a word) and MULTIPLY_ADD(sums, words, words), and functions of that suffix:
// row_words (words that a row of so many numbers takes) and to_words (a row of fp32 as words). A product of depth k is one of k / PER
// words: a lane multiplies PER numbers at once and adds them to its sum.
#include "vector.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define OF(name) JOIN(name, PRECISION)

/// Words that `k` numbers fill; the last one may hold zeros.
INLINE size_t OF(words)(size_t k) { return (k + PER - 1) / PER; }

/// The same in whole tiles, where the processor has some: what is packed has as many, zeros past its end, and so may rows.
enum { OF(TILE_WORDS) = BLOCK > ROWS && PER == 2 ? 16 : 1 };
INLINE size_t OF(deep)(size_t words) { return (words + OF(TILE_WORDS) - 1) / OF(TILE_WORDS) * OF(TILE_WORDS); }

static size_t OF(row_words)(size_t k);
INLINE void OF(to_words)(size_t k, const float *x, WORD *words);

static void OF(rows_to_words)(size_t rows, size_t k, const float *x, size_t ldx, float *words) {
    for (size_t i = 0; i < rows; i++) {
        WORD *row = (WORD *)words + i * OF(row_words)(k);
        OF(to_words)(k, x + i * ldx, row);
        for (size_t p = OF(words)(k); PER == 2 && p < OF(row_words)(k); p++) row[p] = 0;
    }
}

/// The right side's columns are the rows of `b`, `[n, k]`.
static void OF(pack_words)(size_t n, size_t k, const WORD *b, size_t ldb, WORD *packed) {
    const size_t deep = OF(deep)(k);
    FOR_PANELS(n, deep, packed) {
        for (size_t j = 0; j < width; j++)
            for (size_t p = 0; p < deep; p++) packed[p * width + j] = p < k && first + j < n ? b[(first + j) * ldb + p] : (WORD)0;
    }
}

/// c (+)= a panel, `rows` x `vectors * LANES`, with the sums in registers. `ahead` is fetched into the L2 cache meanwhile: four
/// words of it a step, so that eight tiles fetch a panel.
INLINE void OF(tile)(size_t rows, size_t vectors, size_t k, const WORD *a, size_t lda, const WORD *panel, const WORD *ahead,
                     float *c, size_t ldc, bool add) {
    vfloat s[ROWS][2];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) s[i][j] = add ? load(c + i * ldc + j * LANES) : splat(0);

    for (size_t p = 0; p < k; p++, panel += vectors * LANES) {
        if (p % 4 == 0) __builtin_prefetch(ahead + 4 * p, 0, 2);
        VWORD b[2];
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) b[j] = *(const VWORD *)(panel + j * LANES);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; i++) {
            VWORD x = (VWORD)(a[i * lda + p]);
#pragma clang loop unroll(full)
            for (size_t j = 0; j < vectors; j++) s[i][j] = MULTIPLY_ADD(s[i][j], x, b[j]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) store(c + i * ldc + j * LANES, s[i][j]);
}

/// The same with constants for the numbers of rows and vectors, so that the sums stay in registers.
static void OF(any_tile)(size_t rows, size_t width, size_t k, const WORD *a, size_t lda, const WORD *panel, const WORD *ahead,
                         float *c, size_t ldc, bool add) {
#define CASE(n)                                                                                                           \
    case n: OF(tile)(n, 2, k, a, lda, panel, ahead, c, ldc, add); return;                                                     \
    case n + ROWS: OF(tile)(n, 1, k, a, lda, panel, ahead, c, ldc, add); return;
    switch (width == COLUMNS ? rows : rows + ROWS) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS > 6
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
    }
#undef CASE
    __builtin_unreachable();
}

// Rows that go through a panel at once, and words of the next panel that they fetch a step: so that eight blocks, or four, fetch all of it.
#if BLOCK > ROWS && PER > 1
enum { OF(BLOCK_ROWS) = BLOCK, OF(AHEAD) = 8 };
#include "amx.h"
#else
enum { OF(BLOCK_ROWS) = ROWS, OF(AHEAD) = 4 };
INLINE void OF(begin_tiles)(void) {}
INLINE void OF(end_tiles)(void) {}
#endif

/// The same of up to BLOCK_ROWS rows.
static void OF(block)(size_t rows, size_t width, size_t k, const WORD *a, size_t lda, const WORD *panel, const WORD *ahead,
                      float *c, size_t ldc, bool add) {
#if BLOCK > ROWS && PER > 1
    // The words that fill tiles, then the rest.
    const size_t whole = k / 16 * 16;
    if (rows >= OF(FEWEST_ROWS) && whole > 0) {
        OF(multiply_tiles)(rows, width, whole, 1, a, lda, 0, panel, ahead, c, ldc, add);
        if (whole == k) return;
        a += whole, panel += whole * width, k -= whole, add = true;
    }
#endif
    for (size_t i = 0; i < rows; i += ROWS)
        OF(any_tile)(rows - i < ROWS ? rows - i : ROWS, width, k, a + i * lda, lda, panel, ahead, c + i * ldc, ldc, add);
}

/// The same of rows that lie in `pieces` of `piece` words, `ldpiece` apart: in whole tiles, where the processor has some.
INLINE void OF(block_of_pieces)(size_t rows, size_t width, size_t pieces, size_t piece, const WORD *a, size_t lda, size_t ldpiece,
                                const WORD *panel, const WORD *ahead, float *c, size_t ldc, bool add) {
#if BLOCK > ROWS && PER > 1
    if (rows >= OF(FEWEST_ROWS)) {
        OF(multiply_tiles)(rows, width, piece, pieces, a, lda, ldpiece, panel, ahead, c, ldc, add);
        return;
    }
#endif
    for (size_t i = 0; i < pieces; i++, a += ldpiece, panel += width * piece, add = true)
        OF(block)(rows, width, piece, a, lda, panel, ahead, c, ldc, add);
}
