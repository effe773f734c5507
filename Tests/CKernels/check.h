// What the tests of the vector loops share. They are C, so that they run where there is no Swift: on arm64, under qemu.
#pragma once
#include "CKernels.h"

/// A form under test.
typedef const struct ck_kernels *form;

/// So many numbers from -1 to 1 that look like chance, the same in every run; never freed.
float *numbers(size_t count, unsigned seed);
/// Room for so many; never freed.
float *room(size_t count);
/// What CK_CLAMP is tested with.
static const struct ck_bounds test_bounds = {-0.3f, 0.6f};
/// What the activation does to a sum, in double.
double expected_activation(double x, enum ck_activation activation);
/// Counts, and tells, a result farther than `tolerance` from what it should be; one that is no number always is.
void expect(form f, const char *what, double got, double wanted, double tolerance);

void test_products(form f);
void test_rows(form f);
void test_maps(form f);
void test_deformable(form f);
void test_layouts(void);
