#if defined(__x86_64__)
#include "CKernels.h"
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define FORM avx2
#define LANES 8
#define ROWS 6
#include "kernel_table.h"
#pragma clang attribute pop
#endif
