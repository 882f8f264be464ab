/* y[N,P,Q,O] = requantize(conv(x[N,H,W,C] - x_zero, w[O,KH,KW,C/G] - w_zero[O]) + bias[O]) in int8.
 *
 * Where a row of the product is a pixel and tiles take int8 as it lies, they read the image itself. Other windows are read
 * from a padded copy of the image's rows, and in groups gathered a block at a time. Outside the image lies x_zero. */
#include "gemm_i8_row.h"
#include "padded_i8.h"
#include "eights_i8.h"

TILE_GATHER(conv2d_i8_gather, int8_t, i8_act, gemm_i8_copy, gemm_i8_set)

static struct gemm_i8_weights conv2d_i8_weights(const struct edge_conv2d_i8 *a, int32_t group) {
    const size_t K = (size_t)a->KH * a->KW * (a->C / a->G), first = (size_t)group * (a->O / a->G);
    const struct tile_window window = TILE_WINDOW(a);
    return (struct gemm_i8_weights){a->w + first * K, (ptrdiff_t)K, 1, a->bias ? a->bias + first : NULL,
                                    a->w_zero ? a->w_zero + first : NULL, a->multiplier + first, 0, a->x_zero, 0,
                                    a->G == 1 && !padded_i8_joins(&window) ? padded_i8_run(&window) : 0, 0};
}

/* Of a layer's columns those that lie in panels; the rest, if any, are in eights. What packing does not look at, padding
 * and the size of the image, must not count here. */
static size_t conv2d_i8_wide(const struct edge_conv2d_i8 *a, int bent) {
    const size_t columns = (size_t)a->O / a->G;
#ifdef I8_EIGHTS
    if (a->KH == 1 && a->KW == 1 && a->stride_h == 1 && a->stride_w == 1 && a->G == 1 && !a->w_zero && !bent) {
        const size_t eights = eights_columns((size_t)a->C, columns);
        return eights && gemm_i8_wild(a->multiplier, columns) ? columns : columns - eights;
    }
#endif
    (void)bent;
    return columns;
}

static size_t conv2d_i8_pack_all(const struct edge_conv2d_i8 *a, int bent, int8_t *out) {
    const size_t K = (size_t)a->KH * a->KW * (a->C / a->G);
    const size_t wide = conv2d_i8_wide(a, bent);
    size_t used = 0;
    for (int32_t group = 0; group < a->G; group++) {
        const struct gemm_i8_weights from = conv2d_i8_weights(a, group);
        used += gemm_i8_pack(K, wide, &from, out ? out + used : NULL);
#ifdef I8_EIGHTS
        used += eights_pack(K, wide, (size_t)(a->O / a->G), &from, out ? out + used : NULL);
#endif
    }
    return used;
}
EDGE_PACK(conv2d_i8) { return conv2d_i8_pack_all(a, 0, out); }

/* Pixels that are computed at once where nothing is copied: they should stay in the second cache beside a panel. */
static inline size_t conv2d_i8_block(size_t K) {
    enum { CACHED = 196608 };
    const size_t rows = CACHED / K;
    return rows < TILE_MIN_ROWS ? TILE_MIN_ROWS : rows > TILE_MAX_ROWS ? TILE_MAX_ROWS : rows;
}

#ifdef I8_EIGHTS
/* M rows times the columns that are in eights, which lie behind the panels. */
static void conv2d_i8_eights(const struct edge_conv2d_i8 *a, const struct gemm_i8 *g, size_t M, const int8_t *x, int8_t *y) {
    eights_run(g, M, g->N, (size_t)a->O, x, (const int8_t *)a->packed + gemm_i8_pack(g->K, g->N, NULL, NULL), y);
}
#endif

#ifndef I8_TILE_SUMS
/* An image of one pixel. */
EDGE_APART int conv2d_i8_row(const struct edge_conv2d_i8 *a, const struct i8_bend *bend, const struct edge_task *t) {
    struct gemm_i8 g = {.K = (size_t)a->C, .N = conv2d_i8_wide(a, bend != NULL),
                        .range = i8_range(a->y_zero, a->lo, a->hi), .bend = bend};
    gemm_i8_row(t, &g, a->x, a->packed, a->y);
#ifdef I8_EIGHTS
    if (g.N < (size_t)a->O && t->index == 0) conv2d_i8_eights(a, &g, 1, a->x, a->y);
#endif
    return EDGE_OK;
}
#endif

#ifdef I8_IN_PLACE
/* M rows of a layer of one group, which lie side by side. */
static void conv2d_i8_rows(const struct edge_conv2d_i8 *a, const struct gemm_i8 *g, size_t M, const struct tile_part *part,
                           const int8_t *x, int8_t *y) {
    gemm_i8_run(g, M, part->panel, part->panel_end, x, a->packed, y);
#ifdef I8_EIGHTS
    if (part->panel_end > tile_panels(g->N)) conv2d_i8_eights(a, g, M, x, y);
#endif
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
    const int wild = bend || gemm_i8_wild(a->multiplier, (size_t)a->O);
    const size_t wide = conv2d_i8_wide(a, bend != NULL);
    const size_t group_bytes = gemm_i8_pack(K, wide, NULL, NULL);
    const struct tile_part part = tile_split(t, M, tile_panels(wide) + (wide < columns));
    i8_act *rows = t->scratch;
    int32_t sums[TILE_MAX_ROWS];
    struct gemm_i8 g = {K,    wide,   pitch, (size_t)a->O, a->x_zero, a->w_zero != NULL, wild,
                        sums, i8_range(a->y_zero, a->lo, a->hi), NULL, bend};

#ifdef I8_IN_PLACE
    if (tile_is_dense(&window) && K && K % I8_GROUP == 0) {
        const size_t all = part.row_end - part.row, most = conv2d_i8_block(K), blocks = (all + most - 1) / most;
        g.lda = K;
        for (size_t i = 0; i < blocks; i++) {
            const size_t m = part.row + all * i / blocks, end = part.row + all * (i + 1) / blocks;
            if (g.has_w_zero) gemm_i8_row_sums(&g, end - m, a->x + m * K, sums);
            conv2d_i8_rows(a, &g, end - m, &part, a->x + m * K, a->y + m * (size_t)a->O);
        }
        return EDGE_OK;
    }
#endif
#ifdef I8_EIGHTS
    if (wide < columns) { /* single pixels, some of them padding */
        g.lda = K;
        for (size_t m = part.row, end; m < part.row_end; m = end) {
            end = m + (size_t)a->Q < part.row_end ? m + (size_t)a->Q : part.row_end;
            conv2d_i8_gather(&window, a->x, x_end, 0, m, end, (i8_act)a->x_zero, rows, K);
            conv2d_i8_rows(a, &g, end - m, &part, rows, a->y + m * (size_t)a->O);
        }
        return EDGE_OK;
    }
#endif
    if (a->G == 1 && K && M) {
        const struct padded_i8 d = padded_i8_begin(&window, t->scratch);
        g.K = d.joined ? K : gemm_i8_depth(K, padded_i8_run(&window));
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
    return conv2d_i8_pack_all(&plain, 1, out);
}
EDGE_KERNEL(conv2d_i8_act) {
    const struct edge_conv2d_i8 plain = conv2d_i8_act_plain(a);
    const struct i8_bend bend = i8_bend(a->gain, a->offset, a->least);
    return conv2d_i8_run(&plain, &bend, t);
}

#include "conv2d_winograd_i8.h" /* another kernel, which is this one where it does not pay */
