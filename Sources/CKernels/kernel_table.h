// The table of one compiled form; the including file defines FORM, LANES and ROWS, and the processor's features: HAS_BF16 where it has
// products in bf16, DOT_BYTES where it has some in int8, BLOCK (rows) where whole blocks of them are multiplied in tiles.
#ifndef BLOCK
#define BLOCK ROWS
#endif
#include "CKernels.h"
#include "epilogue.h"
#include "rowwise.h"
#include "fp32.h"
#ifdef HAS_BF16
#include "bf16.h"
#endif
#ifdef DOT_BYTES
#include "int8.h"
#endif
#include "conv_pool.h"
#include "deformable.h"
#include "resize.h"
#include "upsample_conv.h"

#define NAME_(form) ck_##form
#define NAME(form) NAME_(form)
#define TEXT_(form) #form
#define TEXT(form) TEXT_(form)

const struct ck_kernels NAME(FORM) = {
    .name = TEXT(FORM),
    .tile_rows = ROWS,
    .tile_columns = COLUMNS,
    .fp32 = &products_fp32,
#ifdef HAS_BF16
    .bf16 = &products_bf16,
#endif
#ifdef DOT_BYTES
    .int8 = &products_int8,
#endif
    .finish = finish,
    .activate = activate,
    .softmax = softmax,
    .depthwise = depthwise,
    .max_pool = max_pool,
    .average_pool = average_pool,
    .deformable = deformable,
    .im2col = im2col,
    .enlarged_taps = enlarged_taps,
    .resample = resample,
    .blend = blend,
};
