// Products in fp32: a word is a number.
#include "vector.h"

INLINE void to_words_fp32(size_t k, const float *x, float *words) { memcpy(words, x, k * sizeof(float)); }

INLINE void join_rows_fp32(size_t columns, size_t rows, const float *x, size_t ld, float *words) {
    memcpy(words, x, columns * sizeof(float));
}

INLINE void softmax_fp32(size_t rows, size_t width, float scale, float *x, float *words, size_t ldwords) {
    softmax(rows, width, scale, x, width);
}

/// Never called: sums in fp32 are words already.
INLINE void store_words_fp32(float *c, vfloat low, vfloat high, size_t columns) {}

#define gemm_pieces_fp32 gemm_pieces
#define slide_fp32 NULL
#define magnitude_fp32 NULL
#define PRECISION fp32
#define WORD float
#define VWORD vfloat_unaligned
#define PER 1
#define MULTIPLY_ADD(s, a, b) ((a) * (b) + (s))
#include "gemm.h"
