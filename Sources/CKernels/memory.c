#define _GNU_SOURCE
#include "CKernels.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

float *ck_allocate(size_t count) {
    enum { LINE = 64, HUGE = 2 << 20 };
    if (count > (SIZE_MAX - HUGE) / sizeof(float)) abort();
    size_t bytes = (count * sizeof(float) + LINE - 1) / LINE * LINE, alignment = bytes < HUGE ? LINE : HUGE;
    void *memory;
    if (posix_memalign(&memory, alignment, bytes > 0 ? bytes : LINE)) abort();
#if defined(MADV_HUGEPAGE)
    // A network reads hundreds of megabytes of weights per picture, and in a virtual machine a page costs two table walks.
    if (alignment == HUGE) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memset(memory, 0, bytes);
}

enum { USES = CK_HIDDEN + 1 };
static pthread_key_t scratch[USES];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_keys(void) {
    for (int use = 0; use < USES; use++) pthread_key_create(&scratch[use], free);
}

float *ck_scratch(enum ck_scratch_use use, size_t count) {
    static _Thread_local size_t have[USES];
    pthread_once(&once, make_keys);
    float *memory = pthread_getspecific(scratch[use]);
    if (count <= have[use] && memory) return memory;
    free(memory);
    have[use] = count;
    pthread_setspecific(scratch[use], memory = ck_allocate(count));
    return memory;
}
