// The table of one compiled form; the including file defines FORM, LANES and ROWS, and the processor's features.
#include "CKernels.h"
#include "upsample_conv.h"
#include "gemm.h"
#include "rowwise.h"
#include "conv_pool.h"

#define NAME_(form) ck_##form
#define NAME(form) NAME_(form)
#define TEXT_(form) #form
#define TEXT(form) TEXT_(form)

const struct ck_kernels NAME(FORM) = {
    .name = TEXT(FORM),
    .tile_rows = ROWS,
    .tile_columns = COLUMNS,
    .packed_count = packed_count,
    .pack = pack,
    .pack_columns = pack_columns,
    .gemm = gemm,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .attention_scratch = attention_scratch,
    .attention = attention,
    .activate = activate,
    .depthwise = depthwise,
    .max_pool = max_pool,
    .im2col = im2col,
    .enlarged_taps = enlarged_taps,
};
