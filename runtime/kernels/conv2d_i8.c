/* y[N,P,Q,O] = requantize(conv(x[N,H,W,C] - x_zero, w[O,KH,KW,C/G] - w_zero[O]) + bias[O]) in int8.
 *
 * Where a row of the product is a pixel and tiles take int8 as it lies, they read the image itself. Other windows are read
 * from a padded copy of the image's rows, and in groups gathered a block at a time. Outside the image lies x_zero. */
#include "gemm_i8_row.h"
#include "padded_i8.h"

TILE_GATHER(conv2d_i8_gather, int8_t, i8_act, gemm_i8_copy, gemm_i8_set)

static struct gemm_i8_weights conv2d_i8_weights(const struct edge_conv2d_i8 *a, int32_t group) {
    const size_t K = (size_t)a->KH * a->KW * (a->C / a->G), first = (size_t)group * (a->O / a->G);
    const struct tile_window window = TILE_WINDOW(a);
    return (struct gemm_i8_weights){a->w + first * K, (ptrdiff_t)K, 1, a->bias ? a->bias + first : NULL,
                                    a->w_zero ? a->w_zero + first : NULL, a->multiplier + first, 0, a->x_zero, 0,
                                    a->G == 1 ? padded_i8_run(&window) : 0, 0};
}

EDGE_PACK(conv2d_i8) {
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    size_t used = 0;
    for (int32_t group = 0; group < a->G; group++) {
        const struct gemm_i8_weights from = conv2d_i8_weights(a, group);
        used += gemm_i8_pack(K, columns, &from, out ? (int8_t *)out + used : NULL);
    }
    return used;
}

/* Pixels that are computed at once where nothing is copied: they should stay in the second cache beside a panel. */
static inline size_t conv2d_i8_block(size_t K) {
    enum { CACHED = 196608 };
    const size_t rows = CACHED / K;
    return rows < TILE_MIN_ROWS ? TILE_MIN_ROWS : rows > TILE_MAX_ROWS ? TILE_MAX_ROWS : rows;
}

#ifndef I8_TILE_SUMS
/* An image of one pixel. */
EDGE_APART int conv2d_i8_row(const struct edge_conv2d_i8 *a, const struct i8_bend *bend, const struct edge_task *t) {
    struct gemm_i8 g = {
        .K = (size_t)a->C, .N = (size_t)a->O, .range = i8_range(a->y_zero, a->lo, a->hi), .bend = bend};
    gemm_i8_row(t, &g, a->x, a->packed, a->y);
    return EDGE_OK;
}
#endif

static int conv2d_i8_run(const struct edge_conv2d_i8 *a, const struct i8_bend *bend, const struct edge_task *t) {
    const struct tile_window window = TILE_WINDOW(a);
#ifndef I8_TILE_SUMS
    if ((size_t)a->N * a->P * a->Q == 1 && tile_is_dense(&window) && !a->w_zero) return conv2d_i8_row(a, bend, t);
#endif
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    const size_t M = (size_t)a->N * a->P * a->Q, pitch = tile_round(K, 8), block = tile_block(pitch * 2);
    const int8_t *x_end = a->x + (size_t)a->N * a->H * a->W * a->C;
    const size_t group_bytes = gemm_i8_pack(K, columns, NULL, NULL);
    const struct tile_part part = tile_split(t, M, tile_panels(columns));
    i8_act *rows = t->scratch;
    int32_t sums[TILE_MAX_ROWS];
    const int wild = bend || gemm_i8_wild(a->multiplier, (size_t)a->O);
    struct gemm_i8 g = {K,    columns, pitch, (size_t)a->O, a->x_zero, a->w_zero != NULL, wild,
                        sums, i8_range(a->y_zero, a->lo, a->hi), NULL, bend};

#ifdef I8_IN_PLACE
    if (tile_is_dense(&window) && K && K % I8_GROUP == 0) {
        const size_t all = part.row_end - part.row, most = conv2d_i8_block(K), blocks = (all + most - 1) / most;
        g.lda = K;
        for (size_t i = 0; i < blocks; i++) {
            const size_t m = part.row + all * i / blocks, end = part.row + all * (i + 1) / blocks;
            if (g.has_w_zero) gemm_i8_row_sums(&g, end - m, a->x + m * K, sums);
            gemm_i8_run(&g, end - m, part.panel, part.panel_end, a->x + m * K, a->packed, a->y + m * (size_t)a->O);
        }
        return EDGE_OK;
    }
#endif
    if (a->G == 1 && K && M) {
        const struct padded_i8 d = padded_i8_begin(&window, t->scratch);
        g.K = gemm_i8_depth(K, padded_i8_run(&window));
        padded_i8_run_part(&g, &d, &part, a->x, x_end, a->packed, sums, a->y);
        return EDGE_OK;
    }
    for (int32_t group = 0; group < a->G; group++) {
        const int8_t *packed = (const int8_t *)a->packed + (size_t)group * group_bytes;
        for (size_t m = part.row, end; m < part.row_end; m = end) {
            end = m + block < part.row_end ? m + block : part.row_end;
            conv2d_i8_gather(&window, a->x, x_end, group, m, end, (i8_act)a->x_zero, rows, pitch);
            if (g.has_w_zero) gemm_i8_row_sums(&g, end - m, rows, sums);
            gemm_i8_run(&g, end - m, part.panel, part.panel_end, rows, packed,
                        a->y + m * (size_t)a->O + (size_t)group * columns);
        }
    }
    return EDGE_OK;
}

EDGE_KERNEL(conv2d_i8) { return conv2d_i8_run(a, NULL, t); }

/* The same with a function before rounding. */
static struct edge_conv2d_i8 conv2d_i8_act_plain(const struct edge_conv2d_i8_act *a) {
    return (struct edge_conv2d_i8){
        .x = a->x, .w = a->w, .bias = a->bias, .multiplier = a->multiplier, .w_zero = a->w_zero, .y = a->y,
        .packed = a->packed, .N = a->N, .H = a->H, .W = a->W, .C = a->C, .P = a->P, .Q = a->Q, .O = a->O,
        .KH = a->KH, .KW = a->KW, .G = a->G, .stride_h = a->stride_h, .stride_w = a->stride_w,
        .dilation_h = a->dilation_h, .dilation_w = a->dilation_w, .pad_top = a->pad_top, .pad_left = a->pad_left,
        .x_zero = a->x_zero, .y_zero = a->y_zero, .lo = a->lo, .hi = a->hi,
    };
}
EDGE_PACK(conv2d_i8_act) {
    const struct edge_conv2d_i8 plain = conv2d_i8_act_plain(a);
    return conv2d_i8_pack_body(&plain, out);
}
EDGE_KERNEL(conv2d_i8_act) {
    const struct edge_conv2d_i8 plain = conv2d_i8_act_plain(a);
    const struct i8_bend bend = i8_bend(a->gain, a->offset, a->least);
    return conv2d_i8_run(&plain, &bend, t);
}

#include "conv2d_winograd_i8.h" /* another kernel, which is this one where it does not pay */
