// The matrix unit of Intel's server processors since 2023 (AMX): eight tiles of 16 rows of 16 words, and an instruction that multiplies two
// of them and adds the products to the sums in a third (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
// A panel of the right side lies in memory as the instruction wants it, and so do rows of words.
//
// Included once for each precision by tile.h, with TILES_MULTIPLY(sums, rows, columns), its instruction.

/// What LDTILECFG reads.
struct OF(tile_shapes) {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

INLINE void OF(begin_tiles)(void) {
    static const struct OF(tile_shapes) shapes = {
        .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    _tile_loadconfig(&shapes);
}

/// Whoever has tiles has 8 KB more to be saved whenever another thread takes the processor.
INLINE void OF(end_tiles)(void) { _tile_release(); }

/// c (+)= 32 rows of `k` words, a multiple of 16, times a panel of 32 columns. Tiles 0 to 3 hold the sums, 4 and 5 rows, 6 and 7 columns.
/// As `tile`, it fetches `ahead`: a quarter of a panel. Rows are loaded past the L1 cache, in which the panel stays for the next block.
INLINE void OF(tiles)(size_t k, const WORD *a, size_t lda, const WORD *panel, const WORD *ahead, float *c, size_t ldc, bool add) {
    const WORD *below = a + 16 * lda;
    float *low = c + 16 * ldc;
    const size_t row = lda * sizeof(WORD), out = ldc * sizeof(float), width = 32 * sizeof(WORD);
    if (add) {
        _tile_loadd(0, c, out);
        _tile_loadd(1, c + 16, out);
        _tile_loadd(2, low, out);
        _tile_loadd(3, low + 16, out);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t p = 0; p < k; p += 16) {
        for (size_t line = 0; line < 8; line++) __builtin_prefetch(ahead + 8 * p + 16 * line, 0, 2);
        _tile_stream_loadd(4, a + p, row);
        _tile_loadd(6, panel + 32 * p, width);
        TILES_MULTIPLY(0, 4, 6);
        _tile_loadd(7, panel + 32 * p + 16, width);
        TILES_MULTIPLY(1, 4, 7);
        _tile_stream_loadd(5, below + p, row);
        TILES_MULTIPLY(2, 5, 6);
        TILES_MULTIPLY(3, 5, 7);
    }
    _tile_stored(0, c, out);
    _tile_stored(1, c + 16, out);
    _tile_stored(2, low, out);
    _tile_stored(3, low + 16, out);
}

/// The same times a panel of 16 columns: with as few, half of the sums.
INLINE void OF(narrow_tiles)(size_t k, const WORD *a, size_t lda, const WORD *panel, float *c, size_t ldc, bool add) {
    const WORD *below = a + 16 * lda;
    float *low = c + 16 * ldc;
    const size_t row = lda * sizeof(WORD), out = ldc * sizeof(float), width = 16 * sizeof(WORD);
    if (add) {
        _tile_loadd(0, c, out);
        _tile_loadd(2, low, out);
    } else {
        _tile_zero(0);
        _tile_zero(2);
    }
    for (size_t p = 0; p < k; p += 16) {
        _tile_stream_loadd(4, a + p, row);
        _tile_loadd(6, panel + 16 * p, width);
        TILES_MULTIPLY(0, 4, 6);
        _tile_stream_loadd(5, below + p, row);
        TILES_MULTIPLY(2, 5, 6);
    }
    _tile_stored(0, c, out);
    _tile_stored(2, low, out);
}
