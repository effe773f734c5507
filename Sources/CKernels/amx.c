#if defined(__x86_64__)
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>
#ifdef CK_MODEL_OF_TILES
// In tests: what the instructions do, in plain C, for processors that lack them.
#include CK_MODEL_OF_TILES
#define TILES
#else
#define TILES "amx-tile,amx-int8,amx-bf16,"
#endif
#pragma clang attribute push(__attribute__((target(TILES "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx512vnni,avx2,fma"))), apply_to = function)
#define FORM amx
#define LANES 16
#define ROWS 12
#define BLOCK 32
#define HAS_BF16
#define DOT_BYTES(s, a, b) ((vint)_mm512_dpbusd_epi32((__m512i)(s), (__m512i)(a), (__m512i)(b)))
#include "kernel_table.h"
#pragma clang attribute pop
#endif
