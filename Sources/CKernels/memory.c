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

static pthread_key_t scratch;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_key(void) { pthread_key_create(&scratch, free); }

float *ck_scratch(size_t count) {
    static _Thread_local size_t have;
    pthread_once(&once, make_key);
    float *memory = pthread_getspecific(scratch);
    if (count <= have && memory) return memory;
    free(memory);
    have = count;
    pthread_setspecific(scratch, memory = ck_allocate(count));
    return memory;
}
