#define _GNU_SOURCE
#include "CKernels.h"
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

extern const struct ck_kernels ck_baseline;
#if defined(__x86_64__)
extern const struct ck_kernels ck_amx, ck_avx512bf16, ck_avx512vnni, ck_avx512, ck_avxvnni, ck_avx2;
#endif

#if defined(__x86_64__)
/// Whether the processor has AMX with bf16 and bytes, and Linux lets this process have its registers: threads that never ask for
/// them need no room for them.
static bool has_tiles(void) {
#ifdef CK_MODEL_OF_TILES
    return true;
#else
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XTILEDATA = 18, BF16 = 1 << 22, TILE = 1 << 24, INT8 = 1 << 25 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & (BF16 | TILE | INT8)) != (BF16 | TILE | INT8)) return false;
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0;
#endif
}
#endif

const struct ck_kernels *ck_form(size_t index) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    bool avx512vnni = avx512 && __builtin_cpu_supports("avx512vnni");
    bool bf16 = avx512vnni && __builtin_cpu_supports("avx512bf16"), avxvnni = avx2 && __builtin_cpu_supports("avxvnni");
    const struct ck_kernels *forms[] = {
        bf16 && has_tiles() ? &ck_amx : NULL, bf16 ? &ck_avx512bf16 : NULL, avx512vnni ? &ck_avx512vnni : NULL, avx512 ? &ck_avx512 : NULL,
        avxvnni ? &ck_avxvnni : NULL, avx2 ? &ck_avx2 : NULL, &ck_baseline};
#else
    const struct ck_kernels *forms[] = {&ck_baseline};
#endif
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i] && index-- == 0) return forms[i];
    return NULL;
}
