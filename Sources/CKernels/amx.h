// The matrix unit of Intel's server processors since 2023 (AMX): eight tiles of 16 rows of 16 words, and an instruction that multiplies two
// of them and adds the products to the sums in a third (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
// A panel of the right side lies in memory as the instruction wants it, and so do rows of words.
//
// Included once for each precision by tile.h, with TILES_MULTIPLY(sums, rows, columns), its instruction.

/// Rows from which tiles pay.
enum { OF(FEWEST_ROWS) = 3 };

/// What LDTILECFG reads.
struct OF(tile_shapes) {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/// Tiles 0 to 3 hold the sums, 4 and 5 rows, 6 and 7 columns. 2, 3 and 5 are of the rows below the first 16.
INLINE void OF(shape_tiles)(size_t rows) {
    const uint8_t high = rows < 16 ? (uint8_t)rows : 16, low = rows > 16 ? (uint8_t)(rows - 16) : 16;
    const struct OF(tile_shapes) shapes = {
        .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {high, high, low, low, high, low, 16, 16}};
    _tile_loadconfig(&shapes);
}

INLINE void OF(begin_tiles)(void) { OF(shape_tiles)(BLOCK); }

/// Whoever has tiles has 8 KB more to be saved whenever another thread takes the processor.
INLINE void OF(end_tiles)(void) { _tile_release(); }

/// c (+)= up to 32 rows of `pieces` of `k` words, a multiple of 16, `ldpiece` apart, times a panel of 32 columns, or of 16 with `narrow`; up
/// to 16 rows without `low`. As `tile`, it fetches `ahead`: a quarter of a panel. Rows that lie in one piece are loaded past the L1 cache,
/// in which the panel stays for the next block; of others the next block, or the next piece, sees a part again.
INLINE void OF(tiles)(bool low, bool narrow, size_t k, size_t pieces, const WORD *a, size_t lda, size_t ldpiece, const WORD *panel,
                      const WORD *ahead, float *c, size_t ldc, bool add) {
    const size_t row = lda * sizeof(WORD), out = ldc * sizeof(float), columns = narrow ? 16 : 32, width = columns * sizeof(WORD);
    if (add) {
        _tile_loadd(0, c, out);
        if (!narrow) _tile_loadd(1, c + 16, out);
        if (low) _tile_loadd(2, c + 16 * ldc, out);
        if (low && !narrow) _tile_loadd(3, c + 16 * ldc + 16, out);
    } else {
        _tile_zero(0);
        if (!narrow) _tile_zero(1);
        if (low) _tile_zero(2);
        if (low && !narrow) _tile_zero(3);
    }
    for (size_t piece = 0; piece < pieces; piece++, a += ldpiece) {
        for (size_t p = 0; p < k; p += 16, panel += 16 * columns, ahead += 8 * 16) {
            for (size_t line = 0; !narrow && line < 8; line++) __builtin_prefetch(ahead + 16 * line, 0, 2);
            if (pieces > 1) _tile_loadd(4, a + p, row);
            else _tile_stream_loadd(4, a + p, row);
            _tile_loadd(6, panel, width);
            TILES_MULTIPLY(0, 4, 6);
            if (!narrow) {
                _tile_loadd(7, panel + 16, width);
                TILES_MULTIPLY(1, 4, 7);
            }
            if (!low) continue;
            if (pieces > 1) _tile_loadd(5, a + 16 * lda + p, row);
            else _tile_stream_loadd(5, a + 16 * lda + p, row);
            TILES_MULTIPLY(2, 5, 6);
            if (!narrow) TILES_MULTIPLY(3, 5, 7);
        }
    }
    _tile_stored(0, c, out);
    if (!narrow) _tile_stored(1, c + 16, out);
    if (low) _tile_stored(2, c + 16 * ldc, out);
    if (low && !narrow) _tile_stored(3, c + 16 * ldc + 16, out);
}

/// The same of `rows` rows, for which the tiles are shaped meanwhile.
static void OF(multiply_tiles)(size_t rows, size_t width, size_t k, size_t pieces, const WORD *a, size_t lda, size_t ldpiece, const WORD *panel,
                               const WORD *ahead, float *c, size_t ldc, bool add) {
    if (rows < BLOCK) OF(shape_tiles)(rows);
    if (rows > 16 && width == COLUMNS) OF(tiles)(true, false, k, pieces, a, lda, ldpiece, panel, ahead, c, ldc, add);
    else if (rows > 16) OF(tiles)(true, true, k, pieces, a, lda, ldpiece, panel, ahead, c, ldc, add);
    else if (width == COLUMNS) OF(tiles)(false, false, k, pieces, a, lda, ldpiece, panel, ahead, c, ldc, add);
    else OF(tiles)(false, true, k, pieces, a, lda, ldpiece, panel, ahead, c, ldc, add);
    if (rows < BLOCK) OF(begin_tiles)();
}
