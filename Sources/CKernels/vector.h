// The vector type of the file that includes this one (which defines LANES), and arithmetic on it.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef float vfloat __attribute__((ext_vector_type(LANES)));
typedef int vint __attribute__((ext_vector_type(LANES)));
typedef vfloat vfloat_unaligned __attribute__((aligned(4)));
typedef vint vint_unaligned __attribute__((aligned(4)));

INLINE vfloat load(const float *p) { return *(const vfloat_unaligned *)p; }
INLINE void store(float *p, vfloat v) { *(vfloat_unaligned *)p = v; }
INLINE vfloat splat(float x) { return (vfloat)x; }

/// The second where the first is no number: what x86 has one instruction for.
INLINE vfloat largest(vfloat a, vfloat b) { return a > b ? a : b; }
INLINE vfloat smallest(vfloat a, vfloat b) { return a < b ? a : b; }

#if LANES == 16
/// Lanes below `n`.
INLINE __mmask16 lanes_below(size_t n) { return (__mmask16)(((uint32_t)1 << n) - 1); }
#endif

/// The first `n` floats, up to LANES, `rest` after them.
INLINE vfloat load_some_or(const float *p, size_t n, float rest) {
#if LANES == 16
    return (vfloat)_mm512_mask_loadu_ps((__m512)splat(rest), lanes_below(n), p);
#else
    float lanes[LANES];
    store(lanes, splat(rest));
    memcpy(lanes, p, n * sizeof(float));
    return load(lanes);
#endif
}

/// The first `n` floats, up to LANES, zeros after them.
INLINE vfloat load_some(const float *p, size_t n) { return load_some_or(p, n, 0); }

INLINE void store_some(float *p, vfloat v, size_t n) {
#if LANES == 16
    _mm512_mask_storeu_ps(p, lanes_below(n), (__m512)v);
#else
    float lanes[LANES];
    store(lanes, v);
    memcpy(p, lanes, n * sizeof(float));
#endif
}

/// Rows of fewer than 2 * LANES floats, `from` to `to`.
INLINE void copy_rows(size_t rows, size_t n, const float *from, size_t ldfrom, float *to, size_t ldto) {
    const size_t low = n < LANES ? n : LANES, high = n - low;
    for (size_t i = 0; i < rows; i++, from += ldfrom, to += ldto) {
        store_some(to, load_some(from, low), low);
        if (high) store_some(to + LANES, load_some(from + LANES, high), high);
    }
}

INLINE float sum(vfloat v) {
    float lanes[LANES];
    store(lanes, v);
#pragma clang loop unroll(full)
    for (size_t n = LANES / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++) lanes[i] += lanes[i + n];
    return lanes[0];
}

INLINE float maximum(vfloat v) {
    float lanes[LANES];
    store(lanes, v);
#pragma clang loop unroll(full)
    for (size_t n = LANES / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++) lanes[i] = lanes[i] > lanes[i + n] ? lanes[i] : lanes[i + n];
    return lanes[0];
}

/// e^x with a relative error below 2e-7; x is clamped to -87...88. The polynomial is the minimax fit of (e^r - 1 - r) / r^2
/// on |r| <= ln 2 / 2 (Lawson's algorithm, relative error 3e-9), made for this file.
INLINE vfloat exponential(vfloat x) {
    x = smallest(largest(x, splat(-87)), splat(88));
    const float magic = 12582912;  // 1.5 * 2^23: adding it rounds to a whole number, left in the low bits
    vfloat n = x * splat(1.44269504f) + splat(magic);
    vint power = __builtin_bit_cast(vint, n) << 23;
    n -= splat(magic);
    vfloat r = x - n * splat(0.693359375f);
    r = r + n * splat(2.12194440e-4f);
    vfloat p = splat(0.0013814467f);
    p = p * r + splat(0.00836878084f);
    p = p * r + splat(0.0416683927f);
    p = p * r + splat(0.16666519642f);
    p = p * r + splat(0.49999994040f);
    p = p * r * r + r + splat(1);
    return __builtin_bit_cast(vfloat, __builtin_bit_cast(vint, p) + power);
}

/// 1 / x, within 1.2e-7 of it, of numbers whose reciprocal is normal. An estimate of 14 bits and a step of Newton's take a quarter of the
/// time of a division of 16 lanes.
INLINE vfloat reciprocal(vfloat x) {
#if LANES == 16
    const vfloat y = (vfloat)_mm512_rcp14_ps((__m512)x);
    return y * (splat(2) - x * y);
#else
    return splat(1) / x;
#endif
}

/// 2^t is 2^f, |f| <= 1/2, with `power` added to its bits.
INLINE vfloat split_power(vfloat t, vint *power) {
    const float magic = 12582912;  // as in `exponential`
    const vfloat n = t + splat(magic);
    *power = __builtin_bit_cast(vint, n) << 23;
    return t - (n - splat(magic));
}

/// e^x for results that keep 8 bits, x <= 0: relative error 8e-5, below e^-80 it is nearly 0. The polynomial is the minimax fit of 2^f on
/// |f| <= 1/2 (Lawson's algorithm), made for this file.
INLINE vfloat coarse_exponential(vfloat x) {
    vint power;
    vfloat f = split_power(largest(x * splat(1.44269504f), splat(-116)), &power);
    vfloat p = splat(0.05517167f);
    p = p * f + splat(0.24261112f);
    p = p * f + splat(0.69326099f);
    p = p * f + splat(0.99992807f);
    return __builtin_bit_cast(vfloat, __builtin_bit_cast(vint, p) + power);
}

/// x * Phi(x), the GELU with erf, with an absolute error below 1e-6. Phi(x) - 1/2 is x P(x^2) / Q(x^2), the rational
/// minimax fit on |x| <= 5.2 (Lawson's algorithm, error 1e-8), made for this file; beyond, Phi is 0 or 1 within 1e-7.
INLINE vfloat gelu(vfloat x) {
    const float reach = 5.2f;
    vfloat z = smallest(largest(x, splat(-reach)), splat(reach)), t = z * z;
    vfloat p = splat(2.41227642e-8f);
    p = p * t + splat(6.43952762e-6f);
    p = p * t + splat(1.63292236e-4f);
    p = p * t + splat(0.00464672921f);
    p = p * t + splat(0.0331851915f);
    p = p * t + splat(0.398942232f);
    vfloat q = splat(1.24363578e-6f);
    q = q * t + splat(7.25060818e-5f);
    q = q * t + splat(0.00185325055f);
    q = q * t + splat(0.02829049714f);
    q = q * t + splat(0.249848768f);
    q = q * t + splat(1);
    vfloat y = x * (z * p * reciprocal(q) + splat(0.5f));
    y = x > splat(reach) ? x : y;
    return x < splat(-reach) ? splat(0) : y;
}

/// GELU within 2e-4, for results that keep 8 bits: Phi(x) - 1/2 is x P(x^2) on |x| <= 4, the minimax fit (Lawson's algorithm) that
/// reaches 1/2 at 4, made for this file; beyond, Phi is 0 or 1.
INLINE vfloat coarse_gelu(vfloat x) {
    vfloat z = smallest(largest(x, splat(-4)), splat(4)), t = z * z;
    vfloat p = splat(2.25882003e-8f);
    p = p * t + splat(-1.58882674e-6f);
    p = p * t + splat(4.77638792e-5f);
    p = p * t + splat(-8.12187409e-4f);
    p = p * t + splat(0.00876369073f);
    p = p * t + splat(-0.0645544118f);
    p = p * t + splat(0.397870266f);
    return x * (z * p + splat(0.5f));
}

/// 1 / (1 + e^-x), within 2e-7. As `exponential`, but to the base 2, for which one constant reduces well enough here: the
/// polynomial is the minimax fit of (2^f - 1) / f on |f| <= 1/2, relative error 1e-7, made for this file.
INLINE vfloat sigmoid(vfloat x) {
    vint power;
    vfloat f = split_power(smallest(largest(x * splat(-1.44269504f), splat(-126)), splat(126)), &power);
    vfloat p = splat(0.00132645911f);
    p = p * f + splat(0.00967161916f);
    p = p * f + splat(0.0555073507f);
    p = p * f + splat(0.240222409f);
    p = p * f + splat(0.693147004f);
    p = p * f + splat(1);
    return reciprocal(splat(1) + __builtin_bit_cast(vfloat, __builtin_bit_cast(vint, p) + power));
}

INLINE vfloat activated(vfloat x, enum ck_activation activation, struct ck_bounds bounds) {
    switch (activation) {
    case CK_NONE: return x;
    case CK_RELU: return largest(x, splat(0));
    case CK_GELU: return gelu(x);
    case CK_SILU: return x * sigmoid(x);
    case CK_SIGMOID: return sigmoid(x);
    case CK_CLAMP: return smallest(largest(x, splat(bounds.low)), splat(bounds.high));
    }
    __builtin_unreachable();
}

/// For results that keep 8 bits.
INLINE vfloat coarsely_activated(vfloat x, enum ck_activation activation, struct ck_bounds bounds) {
    return activation == CK_GELU ? coarse_gelu(x) : activated(x, activation, bounds);
}
