// Products in fp32 by OpenBLAS, for processors without vector loops of ours, and as a second opinion in tests.
//
// The library is opened when it is chosen, not linked: linked, it would start a thread for each processor at every start, read which
// core it runs on before main could correct that, and map 30 MB into every process that never multiplies with it.
#include "CKernels.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112, OPENMP = 2 };  // of cblas.h, and of openblas_get_parallel

static void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                     const float *b, int ldb, float beta, float *c, int ldc);
/// What OpenMP calls `omp_set_num_threads`, where OpenBLAS is built on it: the number is a property of each calling thread.
static void (*set_openmp_threads)(int threads);
/// The form that does everything else.
static const struct ck_kernels *base;
static struct ck_products products;
static struct ck_kernels table;

/// The rows as they are.
static size_t packed_count(size_t n, size_t k) { return n * k; }

static void pack(size_t n, size_t k, const float *b, size_t ldb, float *packed) {
    for (size_t i = 0; i < n; i++) memcpy(packed + i * k, b + i * ldb, k * sizeof(float));
}

static void gemm(size_t m, size_t first, size_t last, size_t k, const float *a, bool a_is_words, size_t lda, const float *packed,
                 size_t columns_in_all, float *c, size_t ldc, struct ck_epilogue epilogue) {
    if (set_openmp_threads) set_openmp_threads(1);
    sgemm(ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE, (int)m, (int)(last - first), (int)k, 1, a, (int)lda, packed + first * k, (int)k,
          epilogue.accumulate ? 1 : 0, c + first, (int)ldc);
    for (size_t column = first; column < last; column += base->tile_columns) {
        size_t columns = last - column < base->tile_columns ? last - column : base->tile_columns;
        base->finish(m, columns, c + column, ldc, 0, column, epilogue);
    }
}

/// The kernels of OpenBLAS that fit the processor. Left alone, 0.3.21 takes an Emerald Rapids for a Prescott of 2004 and a Zen 5 for no
/// AMD that it knows; only what a processor can do is asked here, so it does not matter which one it is.
static const char *core_type(void) {
#if defined(__x86_64__)
    if (!strncmp(base->name, "avx512", strlen("avx512")) || !strcmp(base->name, "amx")) return "SkylakeX";
    if (!strncmp(base->name, "avx", strlen("avx"))) return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#endif
    return NULL;
}

const struct ck_kernels *ck_openblas(void) {
    if (base) return table.name ? &table : NULL;
    base = ck_form(0);
    // The pool of this process shares the work. Not before main: Swift finds the arguments by where the environment lies.
    setenv("OPENBLAS_NUM_THREADS", "1", true);
    if (core_type()) setenv("OPENBLAS_CORETYPE", core_type(), false);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library || !(sgemm = dlsym(library, "cblas_sgemm"))) return NULL;
    int (*parallel)(void) = dlsym(library, "openblas_get_parallel");
    if (parallel && parallel() == OPENMP) set_openmp_threads = dlsym(library, "omp_set_num_threads");
    products = *base->fp32;
    products.packed_count = packed_count;
    products.pack = pack;
    products.gemm = gemm;
    products.gemm_pieces = NULL;  // OpenBLAS takes no rows that overlap
    table = *base;
    table.name = "openblas";
    table.fp32 = &products;
    table.bf16 = table.int8 = NULL;
    return &table;
}
