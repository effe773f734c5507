#if defined(__x86_64__)
#include "CKernels.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define FORM avx512
#define LANES 16
#define ROWS 12
#include "kernel_table.h"
#pragma clang attribute pop
#endif
