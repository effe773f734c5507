// What lies between the matrix products of a ViT's block, in bf16 with sums in fp32, for AVX512-BF16; see fused.py.
// One thread. Matrices are [rows, columns] without gaps, columns a multiple of 16; "sum" arguments are added to.
#include <immintrin.h>
#include <string.h>

typedef unsigned short bf16;
typedef __m512 wide;

static inline wide of(float x) { return _mm512_set1_ps(x); }
static inline wide add(wide a, wide b) { return _mm512_add_ps(a, b); }
static inline wide sub(wide a, wide b) { return _mm512_sub_ps(a, b); }
static inline wide mul(wide a, wide b) { return _mm512_mul_ps(a, b); }
static inline wide muladd(wide a, wide b, wide c) { return _mm512_fmadd_ps(a, b, c); }
static inline wide get(const float *p) { return _mm512_loadu_ps(p); }
static inline void put(float *p, wide v) { _mm512_storeu_ps(p, v); }
static inline wide get16(const bf16 *p) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}
static inline void put16(bf16 *p, wide v) { _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(v)); }
static inline void collect(float *sum, wide v) { put(sum, add(get(sum), v)); }

static inline wide power(wide x) {  // e to the x
    wide t = mul(_mm512_max_ps(x, of(-100)), of(1.44269504f)), whole = _mm512_roundscale_ps(t, 8), r = sub(t, whole);
    wide p = muladd(of(1.33335581e-3f), r, of(9.61812911e-3f));
    p = muladd(p, r, of(5.55041087e-2f));
    p = muladd(p, r, of(2.40226507e-1f));
    p = muladd(p, r, of(6.93147181e-1f));
    return _mm512_scalef_ps(muladd(p, r, of(1)), whole);
}

// The normal distribution's function at x (Abramowitz and Stegun 7.1.26), and x times its density.
static inline wide normal(wide x, wide *density) {
    wide e = power(mul(mul(x, x), of(-0.5f)));
    wide t = _mm512_div_ps(of(1), muladd(mul(_mm512_abs_ps(x), of(0.70710678f)), of(0.3275911f), of(1)));
    wide p = muladd(of(1.061405429f), t, of(-1.453152027f));
    p = muladd(p, t, of(1.421413741f));
    p = muladd(p, t, of(-0.284496736f));
    p = muladd(p, t, of(0.254829592f));
    wide tail = mul(mul(mul(p, t), e), of(0.5f));
    *density = mul(mul(x, e), of(0.39894228f));
    return _mm512_mask_sub_ps(tail, _mm512_cmp_ps_mask(x, of(0), _CMP_GE_OQ), of(1), tail);
}

// y = the layer norm of x (stat: mean and 1 / deviation of each row). With a branch, x becomes x + share * (branch + bias) first, into `out`;
// every `each` rows are a sample with a share of its own. Without y there is no norm.
void norm(const float *x, const bf16 *branch, const float *bias, const float *share, long each, float *out, const float *w, const float *b,
          bf16 *y, float *stat, long rows, long columns) {
    for (long i = 0; i < rows; i++) {
        const float *row = x + i * columns;
        wide total = of(0), squares = of(0);
        for (long j = 0; branch && j < columns; j += 16)
            put(out + i * columns + j, muladd(add(get16(branch + i * columns + j), get(bias + j)), of(share[i / each]), get(row + j)));
        if (!y) continue;
        row = branch ? out + i * columns : row;
        for (long j = 0; j < columns; j += 16) total = add(total, get(row + j));
        float mean = _mm512_reduce_add_ps(total) / columns;
        for (long j = 0; j < columns; j += 16) {
            wide v = sub(get(row + j), of(mean));
            squares = muladd(v, v, squares);
        }
        float scale = 1 / __builtin_sqrtf(_mm512_reduce_add_ps(squares) / columns + 1e-12f);
        for (long j = 0; j < columns; j += 16)
            put16(y + i * columns + j, muladd(mul(sub(get(row + j), of(mean)), of(scale)), get(w + j), get(b + j)));
        stat[2 * i] = mean, stat[2 * i + 1] = scale;
    }
}

// dx = dout + what dy says through the norm at x. With `branch`, that becomes share * dx, and its columns are summed.
void norm_back(const bf16 *dy, const float *x, const float *stat, const float *w, const float *dout, const float *share, long each,
               float *dx, bf16 *branch, float *w_sum, float *b_sum, float *bias_sum, long rows, long columns) {
    for (long i = 0; i < rows; i++, dy += columns, x += columns, dout += columns, dx += columns) {
        wide mean = of(stat[2 * i]), scale = of(stat[2 * i + 1]), first = of(0), second = of(0);
        for (long j = 0; j < columns; j += 16) {
            wide g = get16(dy + j), h = mul(sub(get(x + j), mean), scale);
            collect(w_sum + j, mul(g, h)), collect(b_sum + j, g);
            g = mul(g, get(w + j));
            first = add(first, g), second = muladd(g, h, second);
        }
        wide a = of(_mm512_reduce_add_ps(first) / columns), c = of(_mm512_reduce_add_ps(second) / columns);
        for (long j = 0; j < columns; j += 16) {
            wide g = mul(get16(dy + j), get(w + j)), h = mul(sub(get(x + j), mean), scale);
            wide v = muladd(sub(sub(g, a), mul(h, c)), scale, get(dout + j));
            put(dx + j, v);
            if (!branch) continue;
            v = mul(v, of(share[i / each]));
            put16(branch + i * columns + j, v), collect(bias_sum + j, v);
        }
    }
}

// branch = share * dx in bf16, and its columns summed.
void branch_back(const float *dx, const float *share, long each, bf16 *branch, float *bias_sum, long rows, long columns) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < columns; j += 16) {
            wide v = mul(get(dx + i * columns + j), of(share[i / each]));
            put16(branch + i * columns + j, v), collect(bias_sum + j, v);
        }
}

// y = gelu(x + bias)
void gelu(const bf16 *x, const float *bias, bf16 *y, long rows, long columns) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < columns; j += 16) {
            wide v = add(get16(x + i * columns + j), get(bias + j)), density;
            put16(y + i * columns + j, mul(v, normal(v, &density)));
        }
}

// y once more, and dy becomes dx.
void gelu_back(const bf16 *x, const float *bias, bf16 *y, bf16 *dy, float *bias_sum, long rows, long columns) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < columns; j += 16) {
            wide v = add(get16(x + i * columns + j), get(bias + j)), density, share = normal(v, &density);
            wide g = mul(get16(dy + i * columns + j), add(share, density));
            put16(y + i * columns + j, mul(v, share)), put16(dy + i * columns + j, g), collect(bias_sum + j, g);
        }
}

// qkv [samples, tokens, 3, heads, size] (plus bias) to q (times scale), k, v [samples, heads, tokens, size]
void split(const bf16 *qkv, const float *bias, float scale, bf16 *q, bf16 *k, bf16 *v, long samples, long tokens, long heads, long size) {
    bf16 *to[3] = {q, k, v};
    for (long i = 0; i < samples * tokens; i++)
        for (long part = 0; part < 3 * heads; part++, qkv += size) {
            bf16 *place = to[part / heads] + ((i / tokens * heads + part % heads) * tokens + i % tokens) * size;
            wide factor = of(part < heads ? scale : 1);
            for (long j = 0; j < size; j += 16) put16(place + j, mul(add(get16(qkv + j), get(bias + part * size + j)), factor));
        }
}

// The gradients of `split`.
void split_back(const bf16 *q, const bf16 *k, const bf16 *v, float scale, bf16 *qkv, float *bias_sum, long samples, long tokens, long heads, long size) {
    const bf16 *from[3] = {q, k, v};
    for (long i = 0; i < samples * tokens; i++)
        for (long part = 0; part < 3 * heads; part++, qkv += size) {
            const bf16 *place = from[part / heads] + ((i / tokens * heads + part % heads) * tokens + i % tokens) * size;
            wide factor = of(part < heads ? scale : 1);
            for (long j = 0; j < size; j += 16) {
                wide g = mul(get16(place + j), factor);
                put16(qkv + j, g), collect(bias_sum + part * size + j, g);
            }
        }
}

// [samples, a, b, size] to [samples, b, a, size]
void swap(const bf16 *x, bf16 *y, long samples, long a, long b, long size) {
    for (long i = 0; i < samples; i++)
        for (long p = 0; p < a; p++)
            for (long q = 0; q < b; q++) memcpy(y + ((i * b + q) * a + p) * size, x + ((i * a + p) * b + q) * size, 2 * size);
}

// The softmax of each row, in place; at most 512 columns.
void softmax(bf16 *x, long rows, long columns) {
    for (long i = 0; i < rows; i++, x += columns) {
        wide held[32], top = of(-1e30f), total = of(0);
        for (long j = 0; j < columns; j += 16) top = _mm512_max_ps(top, held[j / 16] = get16(x + j));
        wide most = of(_mm512_reduce_max_ps(top));
        for (long j = 0; j < columns / 16; j++) total = add(total, held[j] = power(sub(held[j], most)));
        wide factor = of(1 / _mm512_reduce_add_ps(total));
        for (long j = 0; j < columns / 16; j++) put16(x + 16 * j, mul(held[j], factor));
    }
}

// dy, at the softmax's result y, becomes dx.
void softmax_back(const bf16 *y, bf16 *dy, long rows, long columns) {
    for (long i = 0; i < rows; i++, y += columns, dy += columns) {
        wide total = of(0);
        for (long j = 0; j < columns; j += 16) total = muladd(get16(y + j), get16(dy + j), total);
        wide mean = of(_mm512_reduce_add_ps(total));
        for (long j = 0; j < columns; j += 16) put16(dy + j, mul(get16(y + j), sub(get16(dy + j), mean)));
    }
}
