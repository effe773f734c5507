// The vector loops of the networks, and the threads that share them: the one place in posed where speed decides the form.
//
// Every loop is written once, over a vector type as wide as the machine's, and compiled for AVX-512 and AVX2 (with and without instructions
// for bf16, bytes and tiles) and the baseline of the architecture; the program picks at start, so one binary runs on every x86-64 and on arm64. Numbers are fp32,
// feature maps are stored with channels last (`[height, width, channels]`), strides (`ld…`) count floats, or words as long.
#pragma once
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

enum ck_activation { CK_NONE, CK_RELU, CK_GELU, CK_SILU, CK_SIGMOID, CK_CLAMP };

/// What CK_CLAMP keeps a number between.
struct ck_bounds {
    float low, high;
};

/// What happens to the sums of a matrix product on their way out: `activation(sum + bias)`.
struct ck_epilogue {
    const float *_Nullable bias;
    enum ck_activation activation;
    /// Adds what the output holds before the activation: a residual connection in place; not with `residual`.
    bool accumulate;
    /// Writes words instead of fp32; not in int8, nor with `accumulate` or `residual`.
    bool words;
    /// Added after the activation; must not be the output.
    const float *_Nullable residual;
    size_t ldresidual;
    struct ck_bounds bounds;
};

/// A window sliding over a feature map `[height, width, ldx]`, zeros around it.
struct ck_window {
    size_t height, width, ldx;
    size_t kernel_height, kernel_width, stride;
    /// Of the top left; negative rows and columns are zeros, as are those past the end.
    ptrdiff_t top, left;
    /// Columns of the output.
    size_t out_width;
};

/// The two pixels of a row that each sample of a resized one lies between, in order, and their weights, which sum to 2048.
struct ck_taps {
    const int *first, *second, *first_weight, *second_weight;
};

/// One of several maps that lie one after the other, and how many of its places each head of a query samples.
struct ck_level {
    size_t height, width, points;
};

/// Matrix products in one precision, with sums in fp32. Their left sides are rows of fp32, which are rounded, or rows of words. A word
/// has 32 bits and holds as many numbers of the precision as fit: one of fp32, two of bf16, four of int8.
struct __attribute__((swift_attr("@Sendable"))) ck_products {
    /// Numbers in a word.
    size_t per_word;
    /// Words from one row of `k` numbers to the next: the numbers, and what belongs to them. In bf16 zeros may follow, of which a product
    /// that is told of as many numbers makes use.
    size_t (*row_words)(size_t k);
    /// `[rows, k]` to rows of words.
    void (*rows_to_words)(size_t rows, size_t k, const float *x, size_t ldx, float *words);
    /// The bytes of words that stand for zeros.
    int blank;
    /// The largest magnitude in `[places, k]`; no finite number where one of them is none. Null where rows of words end without a scale.
    float (*_Nullable magnitude)(size_t places, size_t k, const float *x, size_t ldx);
    /// `[places, k]`, of which no magnitude is larger than `magnitude`, to words without an end, `k` a multiple of `per_word`. Returns the
    /// scale that rows made of such words end with.
    float (*map_to_words)(size_t places, size_t k, const float *x, size_t ldx, float magnitude, float *words);
    /// Floats that `pack` writes for `n` columns of depth `k`.
    size_t (*packed_count)(size_t n, size_t k);
    /// Lays the transposed right side of a product, `b` `[n, k]`, out as `gemm` reads it.
    void (*pack)(size_t n, size_t k, const float *b, size_t ldb, float *packed);
    /// `c[m, n] = epilogue(a[m, k] b[k, n])`, of which the columns from `first` (a multiple of `tile_columns`) to `last`.
    void (*gemm)(size_t m, size_t first, size_t last, size_t k, const float *a, bool a_is_words, size_t lda, const float *packed,
                 size_t columns_in_all, float *c, size_t ldc, struct ck_epilogue epilogue);
    /// The same of whole rows of fp32 that lie in pieces of `piece` numbers, `ldpiece` apart, and of which only those from `first` to `last`
    /// are there: the first of them is at `a`, the others are zeros. Rows may overlap, so that a convolution needs no copies. Null but in
    /// fp32 of ours.
    void (*_Nullable gemm_pieces)(size_t m, size_t n, size_t k, size_t piece, size_t first, size_t last, const float *a, size_t lda,
                                  size_t ldpiece, const float *packed, float *c, size_t ldc, struct ck_epilogue epilogue);
    /// `c[rows * places, n] = epilogue(a b)`, where the places of a row of `a` are windows: `pieces` of `piece` numbers, which fill a multiple
    /// of `deep_words`, `ldpiece` words apart. Places are `lda` words apart and may overlap, rows are `ldrow` apart. Null but in bf16.
    void (*_Nullable slide)(size_t rows, size_t places, size_t n, size_t pieces, size_t piece, const float *a, size_t lda, size_t ldrow,
                            size_t ldpiece, const float *packed, float *c, size_t ldc, struct ck_epilogue epilogue);
    /// Words that pieces are a multiple of.
    size_t deep_words;
    /// Each row of `x` to mean 0 and variance 1, then times `gain` plus `bias`, as words.
    void (*layer_norm)(size_t rows, size_t width, const float *x, const float *gain, const float *bias, float epsilon,
                       float *y);
    /// Floats that `attention` needs as `scratch`.
    size_t (*attention_scratch)(size_t tokens, size_t depth);
    /// `softmax(q k^T scale) v` of one head for the queries from `first` to `last`; `q`, `k`, `v` and `out` are `[tokens, depth]`: words of
    /// bf16, of which the depth fills whole ones, or else fp32.
    void (*attention)(size_t tokens, size_t depth, size_t first, size_t last, const float *q, const float *k,
                      const float *v, size_t ld, float scale, float *out, size_t ldout, float *scratch);
};

/// One compiled form of the loops: constant functions, which Swift may call from any thread.
struct __attribute__((swift_attr("@Sendable"))) ck_kernels {
    /// `amx`, `avx512bf16`, `avx512vnni`, `avx512`, `avxvnni`, `avx2`, `baseline` or `openblas`.
    const char *name;
    /// Rows and columns of the register tile of a matrix product. Work is best split at their multiples.
    size_t tile_rows, tile_columns;

    const struct ck_products *fp32;
    /// Null where the processor does not multiply bf16.
    const struct ck_products *_Nullable bf16;
    /// Null where the processor does not multiply bytes.
    const struct ck_products *_Nullable int8;

    /// Bias, activation and residual of an epilogue for sums that lie in `c`, `rows` x `columns` (up to `tile_columns`), which are
    /// those from row `row` and column `column` of the output on.
    void (*finish)(size_t rows, size_t columns, float *c, size_t ldc, size_t row, size_t column, struct ck_epilogue epilogue);

    void (*activate)(size_t count, float *x, enum ck_activation activation, struct ck_bounds bounds);
    /// Each row of `x` `[rows, width]`, times `scale`, to its softmax.
    void (*softmax)(size_t rows, size_t width, float scale, float *x, size_t ldx);

    /// A filter of its own for each channel: `weight` is `[kernel_height, kernel_width, channels]`; output rows from
    /// `first` to `last`.
    void (*depthwise)(size_t channels, struct ck_window window, size_t first, size_t last, const float *x,
                      const float *weight, const float *bias, enum ck_activation activation, struct ck_bounds bounds, float *y,
                      size_t ldy);
    /// The largest of each window of `x`, places outside left out or, with `zeros`, zeros.
    void (*max_pool)(size_t channels, struct ck_window window, bool zeros, size_t first, size_t last, const float *x, float *y,
                     size_t ldy);
    /// The mean of each window of `x`, places outside left out or, with `zeros`, zeros.
    void (*average_pool)(size_t channels, struct ck_window window, bool zeros, size_t first, size_t last, const float *x, float *y,
                         size_t ldy);
    /// Multi-scale deformable attention of the queries from `first` to `last`. A head samples some places of each of `count` levels, whose
    /// maps `[height, width, heads * depth]` lie one after the other in `values`. Where: at the centre of the query's box plus `offsets`
    /// `[queries, heads, points of all levels, 2]` times the box's size times `reach` over the level's points; `boxes` `[queries, 4]` are
    /// centres and sizes in shares of the map. Between pixels bilinearly, with zeros outside, or, with `nearest`, the pixel that holds the
    /// place or lies nearest to it. How much: the softmax of `scores` `[queries, heads, points]`, which is left there. `y` is `[queries, heads * depth]`.
    void (*deformable)(size_t heads, size_t depth, const struct ck_level *levels, size_t count, bool nearest, float reach,
                       size_t first, size_t last, const float *values, const float *boxes, const float *offsets, float *scores,
                       float *y);
    /// Writes for the output places from `first` to `last` (counted along rows) what the window sees of `channels`
    /// channels, floats or words: rows `[kernel_height, kernel_width, channels]`, `ldcolumns` apart, outside the map words of bytes
    /// `blank`, and after each row what is at `end`.
    void (*im2col)(size_t channels, struct ck_window window, size_t first, size_t last, const float *x, int blank,
                   const float *_Nullable end, float *columns, size_t ldcolumns);
    /// A 3x3 convolution of a map enlarged `scale` times bilinearly: `taps` `[height, width, 9, channels]` holds what each
    /// of its taps makes of the map; the rows from `first` to `last` of `planes` `[channels, height * scale,
    /// width * scale]` are written. `scratch` has room for `(3 * width + 1) * channels` floats.
    void (*enlarged_taps)(size_t height, size_t width, size_t channels, size_t scale, size_t first, size_t last,
                          const float *taps, const float *bias, float *planes, float *scratch);
    /// Samples of a row of `width` pixels of three bytes, at `count` taps: `values` `[3, count]`, 128 times the pixels' scale.
    void (*resample)(size_t count, struct ck_taps taps, const unsigned char *row, size_t width, int *values);
    /// Samples between two rows of such values: numbers in the pixels' scale.
    void (*blend)(size_t count, const int *above, const int *below, int above_weight, int below_weight, float *y);
};

/// The forms that run on this processor, from the best, 0, to `baseline`; null past it.
const struct ck_kernels *_Nullable ck_form(size_t index);
/// The best form with the products in fp32 of OpenBLAS, and none in bf16 and int8; null where OpenBLAS cannot be opened. The first call
/// opens it, and sets environment variables: call it before other threads read them.
const struct ck_kernels *_Nullable ck_openblas(void);

/// `[channels, count]` to `[count, ldy]`, for the places from `first` to `last`.
void ck_channels_last(size_t channels, size_t count, size_t first, size_t last, const float *x, float *y, size_t ldy);
/// `[count, ldx]` to `[channels, count]`.
void ck_channels_first(size_t channels, size_t count, const float *x, size_t ldx, float *y);
/// Every pixel of `[height, width, ldx]` four times, for the rows of `x` from `first` to `last`: nearest enlargement by two.
void ck_double(size_t channels, size_t width, size_t first, size_t last, const float *x, size_t ldx, float *y, size_t ldy);

/// Runs `body(context, i)` for all `i < count` on the threads of the process, in no order, and returns when all are done.
/// A call from within `body`, or while another thread's call runs, is served by its caller alone.
void ck_parallel(size_t count, void *_Nullable context, void (*body)(void *_Nullable context, size_t i));
/// How many threads share a `ck_parallel`, its caller included. The default is `ck_cores()`; within a `body` it is one.
void ck_set_threads(size_t threads);
size_t ck_threads(void);
/// Within a `body`: a number below `ck_threads` of its caller, that no other thread of the job has.
size_t ck_lane(void);
/// Processors this process may use, as its affinity and its control group say.
size_t ck_cores(void);
/// Zeros, aligned to a cache line and, if they are many, in huge pages; given back with `free`.
float *ck_allocate(size_t count);
/// What a thread's scratch memory is for: what an operation prepares (columns, scores), the words of a block of a product's rows,
/// those of all its rows, or what lies between two layers.
enum ck_scratch_use { CK_OPERATION, CK_WORDS, CK_ROWS, CK_HIDDEN };
/// Memory of the calling thread for one use, aligned to a cache line, with no defined contents; it grows and is never given back
/// before the thread ends, so the next call from this thread reuses it.
float *ck_scratch(enum ck_scratch_use use, size_t count);

#pragma clang assume_nonnull end
