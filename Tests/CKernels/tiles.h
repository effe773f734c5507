// What the instructions of AMX do, in plain C, by their descriptions in Intel's manual (Software Developer's Manual, volume 2). Tiles have
// 16 words a row, as amx.h shapes them, and are unusable before. Included in amx.c for the test on processors without AMX.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct {
    _Bool isReady;
    int rows[8];
    int32_t words[8][16][16];
} tiles;

static inline void model_loadconfig(const void *shapes) {
    const uint8_t *bytes = shapes;
    if (bytes[0] != 1 || bytes[1] != 0) abort();
    for (int i = 0; i < 16; i++) {
        uint16_t width;
        memcpy(&width, bytes + 16 + 2 * i, sizeof width);
        if (width != (i < 8 ? 64 : 0) || (i < 8) != (bytes[48 + i] > 0) || bytes[48 + i] > 16) abort();
        if (i < 8) tiles.rows[i] = bytes[48 + i];
    }
    memset(tiles.words, 0, sizeof tiles.words);
    tiles.isReady = 1;
}

static inline int32_t (*model_tile(int tile))[16] {
    if (!tiles.isReady || tile < 0 || tile > 7) abort();
    return tiles.words[tile];
}

static inline void model_load(int tile, const void *from, size_t stride) {
    for (int i = 0; i < tiles.rows[tile]; i++) memcpy(model_tile(tile)[i], (const char *)from + (size_t)i * stride, 64);
}

static inline void model_store(int tile, void *to, size_t stride) {
    for (int i = 0; i < tiles.rows[tile]; i++) memcpy((char *)to + (size_t)i * stride, model_tile(tile)[i], 64);
}

static inline void model_zero(int tile) { memset(model_tile(tile), 0, 16 * 64); }

/// TDPBUSD: bytes without a sign times bytes with one.
static inline void model_bytes(int sums, int rows, int columns) {
    if (tiles.rows[sums] != tiles.rows[rows] || tiles.rows[columns] != 16) abort();
    for (int i = 0; i < tiles.rows[sums]; i++)
        for (int k = 0; k < 16; k++)
            for (int j = 0; j < 16; j++)
                for (int byte = 0; byte < 4; byte++)
                    model_tile(sums)[i][j] += (uint8_t)(model_tile(rows)[i][k] >> 8 * byte) * (int8_t)(model_tile(columns)[k][j] >> 8 * byte);
}

/// TDPBF16PS: pairs of bf16, with sums in fp32. The order of the additions is not promised to be that of the processor.
static inline void model_pairs(int sums, int rows, int columns) {
    if (tiles.rows[sums] != tiles.rows[rows] || tiles.rows[columns] != 16) abort();
    for (int i = 0; i < tiles.rows[sums]; i++)
        for (int k = 0; k < 16; k++)
            for (int j = 0; j < 16; j++)
                for (int odd = 0; odd < 2; odd++) {
                    float x, y, sum;
                    const uint32_t left = (uint32_t)(model_tile(rows)[i][k] >> 16 * odd) << 16;
                    const uint32_t right = (uint32_t)(model_tile(columns)[k][j] >> 16 * odd) << 16;
                    memcpy(&x, &left, 4), memcpy(&y, &right, 4), memcpy(&sum, &model_tile(sums)[i][j], 4);
                    sum += x * y;
                    memcpy(&model_tile(sums)[i][j], &sum, 4);
                }
}

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_loadd
#undef _tile_stream_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbusd
#undef _tile_dpbf16ps
#define _tile_loadconfig model_loadconfig
#define _tile_release() (tiles.isReady = 0)
#define _tile_loadd model_load
#define _tile_stream_loadd model_load
#define _tile_stored model_store
#define _tile_zero model_zero
#define _tile_dpbusd model_bytes
#define _tile_dpbf16ps model_pairs
