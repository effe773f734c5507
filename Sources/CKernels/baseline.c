#define FORM baseline
#define LANES 4
#if defined(__aarch64__)
#define ROWS 12
#else
#define ROWS 6
#endif
#include "kernel_table.h"
