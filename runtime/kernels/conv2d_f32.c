/* y[N,P,Q,O] = clamp(conv(x[N,H,W,C], w[O,KH,KW,C/G]) + bias[O]), weights packed when the model is loaded.
 *
 * A convolution is a product: row m of the left matrix is the window of output pixel m. Windows are gathered a block of
 * rows at a time, never the whole image; a dense 1x1 convolution reads x in place. */
#include "gemm_f32.h"

static inline void conv2d_f32_copy(float *to, const float *from, size_t n, const float *x_end) {
    size_t i = 0;
    for (; i < n && (size_t)(x_end - from) >= i + VF; i += VF) vf_store(to + i, vf_load(from + i));
    for (; i < n; i++) to[i] = from[i];
}
static inline void conv2d_f32_set(float *to, float fill, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = fill;
}
TILE_GATHER(conv2d_f32_gather, float, float, conv2d_f32_copy, conv2d_f32_set)

EDGE_PACK(conv2d_f32) {
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    size_t used = 0;
    for (int32_t group = 0; group < a->G; group++)
        used += gemm_f32_pack(K, columns, a->w + (size_t)group * columns * K, (ptrdiff_t)K, 1,
                              a->bias ? a->bias + (size_t)group * columns : NULL, out ? (float *)out + used : NULL);
    return used * sizeof(float);
}

EDGE_KERNEL(conv2d_f32) {
    const struct tile_window window = TILE_WINDOW(a);
    const size_t columns = (size_t)a->O / a->G, K = (size_t)a->KH * a->KW * (a->C / a->G);
    const size_t M = (size_t)a->N * a->P * a->Q;
    const float *x_end = a->x + (size_t)a->N * a->H * a->W * a->C;
    const int dense = tile_is_dense(&window);
    const size_t block = dense ? TILE_MAX_ROWS : tile_block(tile_round(K, 8) * sizeof(float));
    const size_t group_floats = gemm_f32_pack(K, columns, a->w, 0, 0, NULL, NULL);
    const struct tile_part part = tile_split(t, M, tile_panels(columns));
    const struct gemm_f32 g = {K, columns, K, (size_t)a->O, a->lo, a->hi, 0};

    for (int32_t group = 0; group < a->G; group++) {
        const float *packed = (const float *)a->packed + (size_t)group * group_floats;
        for (size_t m = part.row; m < part.row_end; m += block) {
            const size_t end = m + block < part.row_end ? m + block : part.row_end;
            const float *rows = a->x + m * K;
            if (!dense) {
                conv2d_f32_gather(&window, a->x, x_end, group, m, end, 0.0f, t->scratch, K);
                rows = t->scratch;
            }
            float *y = a->y + m * (size_t)a->O + (size_t)group * columns;
            gemm_f32_run(&g, end - m, part.panel, part.panel_end, rows, packed, y);
        }
    }
    return EDGE_OK;
}
