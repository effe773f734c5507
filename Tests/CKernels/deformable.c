// What samples a few places of several maps.
#include "check.h"
#include <math.h>

/// A place of a map, zero outside.
static double at(struct ck_level level, const float *map, size_t ld, double y, double x) {
    if (y < 0 || x < 0 || y >= (double)level.height || x >= (double)level.width) return 0;
    return map[((size_t)y * level.width + (size_t)x) * ld];
}

static double sampled(struct ck_level level, const float *map, size_t ld, bool nearest, double x, double y) {
    if (nearest)
        return at(level, map, ld, fmin(fmax(floor(y + 0.5), 0), (double)level.height - 1), fmin(fmax(floor(x + 0.5), 0), (double)level.width - 1));
    x -= 0.5, y -= 0.5;
    const double left = floor(x), top = floor(y), u = x - left, v = y - top;
    return (1 - v) * ((1 - u) * at(level, map, ld, top, left) + u * at(level, map, ld, top, left + 1))
        + v * ((1 - u) * at(level, map, ld, top + 1, left) + u * at(level, map, ld, top + 1, left + 1));
}

static void check_deformable(form f, size_t heads, size_t depth, bool nearest) {
    const struct ck_level levels[] = {{6, 5, 3}, {3, 2, 1}, {1, 1, 2}};
    const size_t queries = 7, points = 6, places = 6 * 5 + 3 * 2 + 1, ld = heads * depth;
    float *values = numbers(places * ld, 21), *boxes = numbers(4 * queries, 22), *offsets = numbers(queries * heads * points * 2, 23);
    float *scores = numbers(queries * heads * points, 24), *given = numbers(queries * heads * points, 24), *y = room(queries * ld);
    for (size_t i = 0; i < 4 * queries; i++) boxes[i] = i % 4 < 2 ? boxes[i] * 0.6f + 0.5f : boxes[i] + 1;
    for (size_t i = 0; i < queries * heads * points * 2; i++) offsets[i] *= 3;
    f->deformable(heads, depth, levels, 3, nearest, 0.5f, 0, 3, values, boxes, offsets, scores, y);
    f->deformable(heads, depth, levels, 3, nearest, 0.5f, 3, queries, values, boxes, offsets, scores, y);
    for (size_t q = 0; q < queries; q++)
        for (size_t head = 0; head < heads; head++) {
            const size_t start = (q * heads + head) * points;
            double total = 0;
            for (size_t p = 0; p < points; p++) total += exp(given[start + p]);
            for (size_t c = 0; c < depth; c++) {
                double sum = 0;
                size_t p = 0, first = 0;
                for (size_t l = 0; l < 3; first += levels[l].height * levels[l].width, l++)
                    for (size_t n = 0; n < levels[l].points; n++, p++) {
                        const double step = 0.5 / (double)levels[l].points;
                        const double x = (boxes[4 * q] + offsets[2 * (start + p)] * step * boxes[4 * q + 2]) * (double)levels[l].width;
                        const double down = (boxes[4 * q + 1] + offsets[2 * (start + p) + 1] * step * boxes[4 * q + 3]) * (double)levels[l].height;
                        sum += exp(given[start + p]) / total * sampled(levels[l], values + first * ld + head * depth + c, ld, nearest, x, down);
                    }
                expect(f, "deformable attention", y[q * ld + head * depth + c], sum, 2e-6);
            }
        }
}

/// What a damaged network asks for reads nothing outside the maps.
static void check_wild_places(form f, bool nearest) {
    const struct ck_level level = {2, 2, 4};
    const float boxes[] = {0.5f, 0.5f, 1, 1, NAN, 0.5f, 1, 1}, wild[] = {1e30f, -1e30f, INFINITY, -INFINITY, NAN, 0, 3e38f, 3e38f};
    float *values = numbers(4 * 5, 25), *offsets = room(16), *scores = room(8), *y = room(10);
    for (size_t i = 0; i < 16; i++) offsets[i] = wild[i % 8];
    f->deformable(1, 5, &level, 1, nearest, 0.5f, 0, 2, values, boxes, offsets, scores, y);
    for (size_t i = 0; i < 10; i++) expect(f, "a wild place", fabs(y[i]) <= 1 ? 0 : 1, 0, 0);
}

void test_deformable(form f) {
    for (int nearest = 0; nearest < 2; nearest++) {
        check_deformable(f, 1, 5, nearest);
        check_deformable(f, 4, 8, nearest);
        check_deformable(f, 2, 37, nearest);
        check_wild_places(f, nearest);
    }
}
