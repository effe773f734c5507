// The last part of a precision: layer norm, and the table of its functions. It ends what tile.h began, so that the next precision may begin.

static void OF(layer_norm)(size_t rows, size_t width, const float *x, const float *gain, const float *bias, float epsilon,
                           float *y) {
    if (PER == 1) {
        layer_norm(rows, width, x, gain, bias, epsilon, y);
        return;
    }
    float *row = ck_scratch(CK_WORDS, width);
    for (size_t i = 0; i < rows; i++, x += width) {
        layer_norm(1, width, x, gain, bias, epsilon, row);
        OF(to_words)(width, row, (WORD *)y + i * OF(row_words)(width));
    }
}

static const struct ck_products OF(products) = {
    .per_word = PER,
    .row_words = OF(row_words),
    .rows_to_words = OF(rows_to_words),
    .blank = PER == 4 ? 128 : 0,
    .magnitude = OF(magnitude),
    .map_to_words = OF(map_to_words),
    .packed_count = OF(packed_count),
    .pack = OF(pack),
    .gemm = OF(gemm),
    .gemm_pieces = OF(gemm_pieces),
    .slide = OF(slide),
    .deep_words = OF(TILE_WORDS),
    .layer_norm = OF(layer_norm),
    .attention_scratch = OF(attention_scratch),
    .attention = OF(attention),
};

#undef PRECISION
#undef WORD
#undef VWORD
#undef PER
#undef MULTIPLY_ADD
#undef TILES_MULTIPLY
#undef OF
