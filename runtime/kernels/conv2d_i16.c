/* The convolution of conv2d_i8.c for int16 activations: zero points are 0, sums are int64. */
#include "gemm_i16.h"

TILE_GATHER(conv2d_i16_gather, int16_t, int16_t, gemm_i16_copy, gemm_i16_set)

EDGE_PACK(conv2d_i16) {
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    size_t used = 0;
    for (int32_t group = 0; group < a->G; group++)
        used += gemm_i16_pack(K, columns, a->w + (size_t)group * columns * K, out ? (int8_t *)out + used : NULL);
    return used;
}

EDGE_KERNEL(conv2d_i16) {
    const struct tile_window window = TILE_WINDOW(a);
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    const size_t M = (size_t)a->N * a->P * a->Q, pitch = tile_round(K, 8), block = tile_block(pitch * 2);
    const int16_t *x_end = a->x + (size_t)a->N * a->H * a->W * a->C;
    const size_t group_bytes = gemm_i16_pack(K, columns, NULL, NULL);
    const struct tile_part part = tile_split(t, M, tile_panels(columns));
    int16_t *rows = t->scratch;

    for (int32_t group = 0; group < a->G; group++) {
        const size_t first = (size_t)group * columns;
        const struct gemm_i16 g = {K, columns, pitch, (size_t)a->O, a->bias ? a->bias + first : NULL,
                                   a->multiplier + first, a->lo, a->hi};
        const int8_t *packed = (const int8_t *)a->packed + (size_t)group * group_bytes;
        for (size_t m = part.row; m < part.row_end; m += block) {
            const size_t end = m + block < part.row_end ? m + block : part.row_end;
            conv2d_i16_gather(&window, a->x, x_end, group, m, end, 0, rows, pitch);
            gemm_i16_run(&g, end - m, part.panel, part.panel_end, rows, packed, a->y + m * (size_t)a->O + first);
        }
    }
    return EDGE_OK;
}
