// Times matrix products on the shapes of ViTPose-B: ours, OpenBLAS's and oneDNN's, in turns in one run.
//
//     apt-get install libopenblas0 libdnnl-dev
//     clang -O3 -fuse-ld=lld -ISources/CKernels/include Sources/CKernels/*.c Benchmarks/products.c -ldnnl -l:libgomp.so.1 -lm -lpthread -o products
//     chrt -f 1 ./products [THREADS [ROUNDS]]
//
// Each side has its right side laid out beforehand where it can (OpenBLAS cannot), for six layers that take turns, more than
// caches hold; its left side in the precision already; a bias, and a result in fp32. int8 is u8 times s8, scaled (ours by a scale a row and one a
// column, oneDNN by one a column). Ours is cut as `Matrix` cuts it, OpenBLAS gets all rows of a thread at once.
// A round goes through all shapes and sides. Prints medians over the rounds: GFLOP/s, and ours over the other's of the same round.
#include "CKernels.h"
#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void omp_set_num_threads(int threads);

enum { LAYERS = 6, SIDES = 7, SHAPES = 8, PAIRS = 4, MOST_ROUNDS = 99 };
static const double TURN = 0.02, WARM_UP = 0.005;  // seconds

struct shape {
    size_t m, k, n;
};

/// One side of a comparison in one precision, with what it needs for a shape.
struct side {
    const char *name, *precision;
    const struct ck_products *products;  // null: oneDNN
    dnnl_data_type_t left, right;
    size_t tile_columns;
    bool cuts_rows_only;
    float *words, *packed[LAYERS];
    dnnl_primitive_t primitive;
    dnnl_memory_t weights[LAYERS], source, bias, target;
    double rates[MOST_ROUNDS];
};

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static size_t threads = 1;
static float *a, *b, *bias, *c;

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(dnnl_status_t status) {
    if (status == dnnl_success) return;
    fprintf(stderr, "oneDNN: status %d\n", (int)status);
    exit(1);
}

static dnnl_memory_desc_t described(size_t rows, size_t columns, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    dnnl_memory_desc_t description;
    must(dnnl_memory_desc_init_by_tag(&description, 2, (dnnl_dims_t){(dnnl_dim_t)rows, (dnnl_dim_t)columns}, type, tag));
    return description;
}

static dnnl_memory_t memory(const dnnl_memory_desc_t *description, void *at) {
    dnnl_memory_t memory;
    must(dnnl_memory_create(&memory, description, engine, at));
    return memory;
}

/// The numbers of one memory in the format of another, times `scale`.
static void convert(const dnnl_memory_desc_t *from, void *numbers, const dnnl_memory_desc_t *to, dnnl_memory_t target, float scale) {
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t plan;
    dnnl_primitive_t reorder;
    dnnl_memory_t source = memory(from, numbers);
    must(dnnl_primitive_attr_create(&attributes));
    must(dnnl_primitive_attr_set_output_scales(attributes, 1, 0, &scale));
    must(dnnl_reorder_primitive_desc_create(&plan, from, engine, to, engine, attributes));
    must(dnnl_primitive_create(&reorder, plan));
    must(dnnl_primitive_execute(reorder, stream, 2, (dnnl_exec_arg_t[]){{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}}));
    must(dnnl_stream_wait(stream));
    dnnl_primitive_destroy(reorder), dnnl_primitive_desc_destroy(plan), dnnl_primitive_attr_destroy(attributes), dnnl_memory_destroy(source);
}

static void prepare_dnnl(struct side *s, struct shape z) {
    const float steps = s->right == dnnl_s8 ? 127 : 1;
    float *scales = ck_allocate(z.n), *scaled = ck_allocate(z.n);  // the bias is added before the scale is applied
    for (size_t j = 0; j < z.n; j++) scales[j] = 1 / (steps * steps), scaled[j] = bias[j] / scales[j];
    dnnl_memory_desc_t numbers = described(z.m, z.k, dnnl_f32, dnnl_ab), source = described(z.m, z.k, s->left, dnnl_ab);
    dnnl_memory_desc_t rows = described(z.k, z.n, dnnl_f32, dnnl_ba), weights = described(z.k, z.n, s->right, dnnl_format_tag_any);
    dnnl_memory_desc_t added = described(1, z.n, dnnl_f32, dnnl_ab), target = described(z.m, z.n, dnnl_f32, dnnl_ab);
    dnnl_matmul_desc_t product;
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t plan;
    must(dnnl_matmul_desc_init(&product, &source, &weights, &added, &target));
    must(dnnl_primitive_attr_create(&attributes));
    if (steps != 1) must(dnnl_primitive_attr_set_output_scales(attributes, (dnnl_dim_t)z.n, 1 << 1, scales));
    must(dnnl_primitive_desc_create(&plan, &product, attributes, engine, NULL));
    must(dnnl_primitive_create(&s->primitive, plan));
    const dnnl_memory_desc_t *laid_out = dnnl_primitive_desc_query_md(plan, dnnl_query_weights_md, 0);
    for (size_t i = 0; i < LAYERS; i++) convert(&rows, b, laid_out, s->weights[i] = memory(laid_out, DNNL_MEMORY_ALLOCATE), steps);
    convert(&numbers, a, &source, s->source = memory(&source, DNNL_MEMORY_ALLOCATE), steps);
    convert(&added, scaled, &added, s->bias = memory(&added, DNNL_MEMORY_ALLOCATE), 1);
    s->target = memory(&target, c);
    dnnl_primitive_attr_destroy(attributes), dnnl_primitive_desc_destroy(plan), free(scales), free(scaled);
}

static void prepare(struct side *s, struct shape z) {
    if (!s->products) return prepare_dnnl(s, z);
    s->words = ck_allocate(z.m * s->products->row_words(z.k));
    s->products->rows_to_words(z.m, z.k, a, z.k, s->words);
    for (size_t i = 0; i < LAYERS; i++)
        s->products->pack(z.n, z.k, b, z.k, s->packed[i] = ck_allocate(s->products->packed_count(z.n, z.k)));
}

/// A product in blocks of `height` rows and `width` columns.
struct work {
    struct side *side;
    struct shape shape;
    size_t height, width, across, layer;
};

static void block(void *context, size_t index) {
    const struct work *w = context;
    const struct shape z = w->shape;
    const size_t row = index / w->across * w->height, first = index % w->across * w->width, words = w->side->products->row_words(z.k);
    if (first >= z.n) return;
    w->side->products->gemm(z.m - row < w->height ? z.m - row : w->height, first, first + w->width < z.n ? first + w->width : z.n, z.k,
                            w->side->words + row * words, true, words, w->side->packed[w->layer], z.n, c + row * z.n, z.n,
                            (struct ck_epilogue){.bias = bias});
}

static void multiply(struct side *s, struct shape z, size_t layer) {
    if (!s->products) {
        must(dnnl_primitive_execute(s->primitive, stream, 4, (dnnl_exec_arg_t[]){
            {DNNL_ARG_SRC, s->source}, {DNNL_ARG_WEIGHTS, s->weights[layer]}, {DNNL_ARG_BIAS, s->bias}, {DNNL_ARG_DST, s->target}}));
        must(dnnl_stream_wait(stream));
        return;
    }
    const size_t share = (z.m + threads - 1) / threads, height = s->cuts_rows_only ? share : share > 192 ? 192 : share < 96 ? 96 : share;
    const size_t blocks = (z.m + height - 1) / height, panels = (z.n + s->tile_columns - 1) / s->tile_columns;
    const size_t across = threads == 1 || s->cuts_rows_only || blocks >= 4 * threads ? 1 : 4 * threads / blocks;
    struct work work = {s, z, height, (panels + across - 1) / across * s->tile_columns, across, layer};
    ck_parallel(blocks * across, &work, block);
}

/// Ends the program where a side computes something else.
static void check(struct side *s, struct shape z) {
    multiply(s, z, 0);
    for (size_t i = 0; i < z.m; i += 37)
        for (size_t j = 0; j < z.n; j += 101) {
            double sum = bias[j];
            for (size_t p = 0; p < z.k; p++) sum += (double)a[i * z.k + p] * b[j * z.k + p];
            if (fabs(c[i * z.n + j] - sum) < 0.02 * sqrt((double)z.k)) continue;
            fprintf(stderr, "%s %s: %g instead of %g\n", s->name, s->precision, c[i * z.n + j], sum);
            exit(1);
        }
}

static double rate(struct side *s, struct shape z) {
    size_t count = 0;
    double start = seconds(), now = start;
    for (; now - start < WARM_UP; now = seconds()) multiply(s, z, count++ % LAYERS);
    for (start = now, count = 0; now - start < TURN; now = seconds()) multiply(s, z, count++ % LAYERS);
    return 2e-9 * (double)(z.m * z.n * z.k * count) / (now - start);
}

static int ascending(const void *x, const void *y) { return (*(const double *)x > *(const double *)y) - (*(const double *)x < *(const double *)y); }

static double median(size_t count, double *x) {
    qsort(x, count, sizeof *x, ascending);
    return x[count / 2];
}

int main(int count, char **arguments) {
    threads = count > 1 ? strtoul(arguments[1], NULL, 10) : 1;
    const size_t rounds = count > 2 ? strtoul(arguments[2], NULL, 10) : 31;
    const struct ck_kernels *ours = ck_form(0), *openblas = ck_openblas();
    if (!openblas || threads < 1 || rounds < 1 || rounds > MOST_ROUNDS) return fprintf(stderr, "wants libopenblas0, THREADS, 1...99 ROUNDS\n"), 64;
    ck_set_threads(threads);
    omp_set_num_threads((int)threads);
    must(dnnl_engine_create(&engine, dnnl_cpu, 0));
    must(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    const struct side all[SIDES] = {
        {"ours", "fp32", ours->fp32, .tile_columns = ours->tile_columns},
        {"OpenBLAS", "fp32", openblas->fp32, .tile_columns = ours->tile_columns, .cuts_rows_only = true},
        {"oneDNN", "fp32", .left = dnnl_f32, .right = dnnl_f32},
        {"ours", "bf16", ours->bf16, .tile_columns = ours->tile_columns},
        {"oneDNN", "bf16", .left = dnnl_bf16, .right = dnnl_bf16},
        {"ours", "int8", ours->int8, .tile_columns = ours->tile_columns},
        {"oneDNN", "int8", .left = dnnl_u8, .right = dnnl_s8},
    };
    static const size_t pairs[PAIRS][2] = {{0, 1}, {0, 2}, {3, 4}, {5, 6}}, layers[][2] = {{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}};
    if (!ours->bf16 || !ours->int8) return fprintf(stderr, "wants a processor with bf16 and int8\n"), 69;
    enum { ROWS = 768, WIDEST = 3072 };
    a = ck_allocate(ROWS * WIDEST), b = ck_allocate(ROWS * WIDEST), bias = ck_allocate(WIDEST), c = ck_allocate(ROWS * WIDEST);
    for (size_t j = 0; j < ROWS * WIDEST; j++) a[j] = (float)(j * 7919 % 2003) / 2003, b[j] = (float)(j * 104729 % 2003) / 1001.5f - 1;
    for (size_t j = 0; j < WIDEST; j++) bias[j] = (float)(j % 5);
    static struct side sides[SHAPES][SIDES];
    struct shape shapes[SHAPES];
    for (size_t i = 0; i < SHAPES; i++) {
        shapes[i] = (struct shape){i < 4 ? ROWS / 4 : ROWS, layers[i % 4][0], layers[i % 4][1]};
        for (size_t s = 0; s < SIDES; s++) sides[i][s] = all[s], prepare(&sides[i][s], shapes[i]), check(&sides[i][s], shapes[i]);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < SHAPES; i++)
            for (size_t s = 0; s < SIDES; s++) sides[i][s].rates[round] = rate(&sides[i][s], shapes[i]);

    printf("%s, %zu thread%s, %zu rounds, GFLOP/s\n\n| rows: depth -> columns |", ours->name, threads, threads > 1 ? "s" : "", rounds);
    for (size_t s = 0; s < SIDES; s++) printf(" %s %s |", all[s].name, all[s].precision);
    for (size_t p = 0; p < PAIRS; p++) printf(" %s / %s |", all[pairs[p][0]].precision, all[pairs[p][1]].name);
    printf("\n| --- |");
    for (size_t i = 0; i < SIDES + PAIRS; i++) printf(" --- |");
    for (size_t i = 0; i < SHAPES; i++) {
        printf("\n| %zu: %zu -> %zu |", shapes[i].m, shapes[i].k, shapes[i].n);
        double ratios[PAIRS][MOST_ROUNDS];
        for (size_t p = 0; p < PAIRS; p++)
            for (size_t round = 0; round < rounds; round++)
                ratios[p][round] = sides[i][pairs[p][0]].rates[round] / sides[i][pairs[p][1]].rates[round];
        for (size_t s = 0; s < SIDES; s++) printf(" %.0f |", median(rounds, sides[i][s].rates));
        for (size_t p = 0; p < PAIRS; p++) printf(" %.2f |", median(rounds, ratios[p]));
    }
    puts("");
}
