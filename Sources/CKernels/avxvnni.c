#if defined(__x86_64__)
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#define FORM avxvnni
#define LANES 8
#define ROWS 6
#define DOT_BYTES(s, a, b) ((vint)_mm256_dpbusd_avx_epi32((__m256i)(s), (__m256i)(a), (__m256i)(b)))
#include "kernel_table.h"
#pragma clang attribute pop
#endif
