#include "CKernels.h"

extern const struct ck_kernels ck_baseline;
#if defined(__x86_64__)
extern const struct ck_kernels ck_avx512bf16, ck_avx512vnni, ck_avx512, ck_avxvnni, ck_avx2;
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
        bf16 ? &ck_avx512bf16 : NULL, avx512vnni ? &ck_avx512vnni : NULL, avx512 ? &ck_avx512 : NULL,
        avxvnni ? &ck_avxvnni : NULL, avx2 ? &ck_avx2 : NULL, &ck_baseline};
#else
    const struct ck_kernels *forms[] = {&ck_baseline};
#endif
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i] && index-- == 0) return forms[i];
    return NULL;
}
