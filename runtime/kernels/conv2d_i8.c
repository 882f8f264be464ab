/* y[N,P,Q,O] = requantize(conv(x[N,H,W,C] - x_zero, w[O,KH,KW,C/G] - w_zero[O]) + bias[O]) in int8.
 *
 * As conv2d_f32.c: windows are gathered a block of rows at a time, unless a row is a pixel and the tile takes int8 as it
 * lies. Outside the image lies x_zero. */
#include "gather_i8.h"

static struct gemm_i8_weights conv2d_i8_weights(const struct edge_conv2d_i8 *a, int32_t group) {
    const size_t K = (size_t)a->KH * a->KW * (a->C / a->G), first = (size_t)group * (a->O / a->G);
    return (struct gemm_i8_weights){a->w + first * K, (ptrdiff_t)K, 1, a->bias ? a->bias + first : NULL,
                                    a->w_zero ? a->w_zero + first : NULL, a->multiplier + first, 0, a->x_zero, 0};
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

EDGE_KERNEL(conv2d_i8) {
    const struct tile_window window = TILE_WINDOW(a);
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    const size_t M = (size_t)a->N * a->P * a->Q, pitch = tile_round(K, 8), block = tile_block(pitch * 2);
    const int8_t *x_end = a->x + (size_t)a->N * a->H * a->W * a->C;
    const size_t group_bytes = gemm_i8_pack(K, columns, NULL, NULL);
    const struct tile_part part = tile_split(t, M, tile_panels(columns));
    const int dense = tile_is_dense(&window);
    i8_act *rows = t->scratch;
    int32_t sums[TILE_MAX_ROWS];
    struct gemm_i8 g = {K,    columns, pitch, (size_t)a->O, a->x_zero, a->w_zero != NULL, gemm_i8_wild(a->multiplier, (size_t)a->O),
                        sums, i8_range(a->y_zero, a->lo, a->hi), NULL};

    for (int32_t group = 0; group < a->G; group++) {
        const int8_t *packed = (const int8_t *)a->packed + (size_t)group * group_bytes;
        for (size_t m = part.row; m < part.row_end; m += block) {
            const size_t end = m + block < part.row_end ? m + block : part.row_end;
            const i8_act *from = rows;
#ifdef I8_IN_PLACE
            if (dense && K % I8_STEP == 0) from = a->x + m * K, g.lda = K;
            else
#endif
            if (dense && pitch == K) gemm_i8_copy(rows, a->x + m * K, (end - m) * K, x_end);
            else gather_i8(&window, a->x, x_end, group, m, end, (i8_act)a->x_zero, rows, pitch);
            if (g.has_w_zero) gemm_i8_row_sums(&g, end - m, from, sums);
            int8_t *y = a->y + m * (size_t)a->O + (size_t)group * columns;
            gemm_i8_run(&g, end - m, part.panel, part.panel_end, from, packed, y);
        }
    }
    return EDGE_OK;
}
