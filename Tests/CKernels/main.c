// Every function of every form of the vector loops that runs here, against loops that do the same the obvious way.
// `make test-kernels` and `make test-arm64` run it; it ends with 1 if a result is wrong.
#include "check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t results, failures;

float *room(size_t count) {
    float *memory = calloc(count + 1, sizeof(float));
    if (!memory) abort();
    return memory;
}

float *numbers(size_t count, unsigned seed) {
    float *x = room(count);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        x[i] = (float)(seed >> 8) / (1 << 23) - 1;
    }
    return x;
}

double expected_activation(double x, enum ck_activation activation) {
    switch (activation) {
    case CK_NONE: return x;
    case CK_RELU: return x > 0 ? x : 0;
    case CK_GELU: return x * erfc(-x / sqrt(2)) / 2;
    case CK_SILU: return x / (1 + exp(-x));
    case CK_SIGMOID: return 1 / (1 + exp(-x));
    case CK_CLAMP: return fmin(fmax(x, test_bounds.low), test_bounds.high);
    }
    abort();
}

void expect(form f, const char *what, double got, double wanted, double tolerance) {
    results++;
    if (fabs(got - wanted) <= tolerance) return;
    if (failures++ < 20) printf("%s: %s is %.9g instead of %.9g (within %.1g)\n", f ? f->name : "all", what, got, wanted, tolerance);
}

static void test(form f) {
    results = 0;
    const size_t before = failures;
    test_products(f);
    test_rows(f);
    test_maps(f);
    test_deformable(f);
    printf("%s:%s%s%s %zu results, %zu failures\n", f->name, " fp32", f->bf16 ? " bf16" : "", f->int8 ? " int8" : "", results,
           failures - before);
}

int main(void) {
    form f;
    for (size_t i = 0; (f = ck_form(i)); i++) test(f);
    if ((f = ck_openblas())) test(f);
    else puts("openblas: skipped, libopenblas.so.0 is not installed");
    test_layouts();
    return failures > 0;
}
