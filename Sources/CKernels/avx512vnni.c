#if defined(__x86_64__)
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,avx2,fma"))), apply_to = function)
#define FORM avx512vnni
#define LANES 16
#define ROWS 12
#define DOT_BYTES(s, a, b) ((vint)_mm512_dpbusd_epi32((__m512i)(s), (__m512i)(a), (__m512i)(b)))
#include "kernel_table.h"
#pragma clang attribute pop
#endif
